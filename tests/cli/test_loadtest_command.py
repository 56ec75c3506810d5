"""`modelserver loadtest` from the command line to the exit status, against the real runtime around the engine."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from statistics import fmean, median_low
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result
from prometheus_client.parser import text_string_to_metric_families
from tests.cli.exactness import precedence
from tests.cli.scripted import Scripted, scripted
from tests.waiting import until

from modelserver_operator.cli import main

# What users of a former load tester held their server to: docs/requirements.md, D.
REQUIRED = ("e2e.p50<500ms", "e2e.p95<1s", "e2e.p99<1.5s", "rps>=20", "rps<=30", "errors<0.1%")
SHORT_ENOUGH = ("--warm-up", "0s", "--requests", "8", "--concurrency", "4")
PATIENCE_SECONDS = 60.0


def loadtest(server: Scripted, *words: str) -> Result:
    return CliRunner().invoke(main, ["loadtest", server.url, *words])


def reported(server: Scripted, *words: str) -> Any:
    ran = loadtest(server, *words, "-o", "json")
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)


def asserted(*claims: str) -> list[str]:
    return [word for claim in claims for word in ("--assert", claim)]


def test_what_a_former_load_tester_demanded_is_asserted(server: Scripted, tmp_path: Path) -> None:
    server.plays(first_seconds=0.05, interval_seconds=0.002)
    load = (
        "--rate",
        "25",
        "--arrivals",
        "constant",
        "--warm-up",
        "300ms",
        "--duration",
        "2600ms",
        *asserted(*REQUIRED),
    )
    with precedence(server.pid, os.getpid()):
        ran = loadtest(server, *load, "--report", str(tmp_path / "good.json"))
    assert ran.exit_code == 0, ran.output
    assert len(re.findall(r" holds ", ran.stdout)) == len(REQUIRED)
    server.plays(first_seconds=0.6)
    ran = loadtest(server, *load, "--compare", str(tmp_path / "good.json"), "--html", str(tmp_path / "bad.html"))
    assert ran.exit_code == 1
    assert re.search(r"e2e\.p50<500ms +DOES NOT HOLD +[\d.]+ m?s", ran.stdout)
    assert re.search(r"errors<0\.1% +holds +0 %", ran.stdout)
    assert re.search(r"all +e2e\.p50 .* worse", ran.stdout)
    assert "does not hold" in (tmp_path / "bad.html").read_text()


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("api", "path"),
    [("openai", "/v1/chat/completions"), ("completions", "/v1/completions"), ("anthropic", "/v1/messages")],
)
def test_every_api_is_spoken_as_streams_or_not(server: Scripted, api: str, path: str, stream: bool) -> None:
    server.plays(first_seconds=0.01, interval_seconds=0.001)
    report = reported(server, "--api", api, "--stream" if stream else "--no-stream", *SHORT_ENOUGH)
    assert {(each.path, each.stream, each.tokens) for each in server.records()} == {(path, stream, 32)}
    assert (report["overall"]["answered"], report["overall"]["tokensOut"]) == (8, 8 * 32)
    assert (report["overall"]["ttft"] is not None) == (report["overall"]["itl"] is not None) == stream
    assert report["target"]["models"] == ["demo"]
    assert report["target"]["server"].startswith("modelserver ")
    assert sum(report["target"]["steering"].values()) == 8


def test_each_scenario_has_figures_of_its_own(server: Scripted) -> None:
    server.plays(first_seconds=0.01, interval_seconds=0.0005)
    report = reported(server, "--scenario", "mixed", "--warm-up", "0s", "--requests", "60", "--concurrency", "20")
    asked = {name: each["asked"] for name, each in report["scenarios"].items()}
    assert asked["short"] > asked["medium"] > asked["long"] > 0
    assert sum(asked.values()) == report["overall"]["asked"] == 60
    for name, tokens in {"short": 32, "medium": 128, "long": 512}.items():
        took = [each.sent[-1] - each.arrived for each in server.records() if each.tokens == tokens]
        found = report["scenarios"][name]
        assert (found["tokensOut"], found["e2e"]["samples"]) == (asked[name] * tokens, len(took))
        assert found["e2e"]["p50"]["value"] > median_low(took)  # who asks waits longer than the engine takes
        assert found["e2e"]["mean"]["value"] > fmean(took)
    shares = [each["e2e"]["mean"]["value"] * each["e2e"]["samples"] for each in report["scenarios"].values()]
    assert sum(shares) == pytest.approx(60 * report["overall"]["e2e"]["mean"]["value"])


def test_refusals_are_no_errors(server: Scripted) -> None:
    server.plays(first_seconds=0.01, interval_seconds=0.001, failing=3, status=503)
    ran = loadtest(server, *SHORT_ENOUGH, *asserted("errors<=0", "refusals<=3", "refusals>=3"))
    assert ran.exit_code == 0, ran.output
    assert re.search(r"Refused: 3 × 503", ran.stdout)
    server.plays(failing=3, status=500)
    ran = loadtest(server, *SHORT_ENOUGH, *asserted("errors<=2"))
    assert ran.exit_code == 1
    assert re.search(r"errors<=2 +DOES NOT HOLD +3", ran.stdout)


def counted(server: Scripted) -> dict[str, float]:
    """What the runtime's counters say of requests, without those that are 0."""
    server.settled()
    lines = httpx.get(f"{server.control}/metrics", timeout=PATIENCE_SECONDS).raise_for_status().text
    samples = [sample for family in text_string_to_metric_families(lines) for sample in family.samples]
    of_requests = ("modelserver_requests_total", "modelserver_requests_refused_total")
    return {f"{each.name} {each.labels}": each.value for each in samples if each.name in of_requests and each.value}


def test_the_server_counts_nothing_but_the_load(server: Scripted) -> None:
    server.plays(first_seconds=0.01, interval_seconds=0.001)
    before = counted(server)
    reported(server, *SHORT_ENOUGH)
    grown = {name: value - before.get(name, 0) for name, value in counted(server).items()}
    assert {name: value for name, value in grown.items() if value} == {
        "modelserver_requests_total {'model': 'demo', 'outcome': 'answered'}": 8
    }


def test_where_nothing_is_answered_the_kind_of_error_is_told(server: Scripted) -> None:
    ran = loadtest(server, "--emotion", "happiness", "--emotion-scale", "0.5", *SHORT_ENOUGH)
    assert ran.exit_code == 1
    assert "Failed: 8 × 400 emotions_disabled." in ran.stdout  # this server has no vectors; the fields have come to it


def test_what_the_server_has_not_is_told_before_the_load(server: Scripted) -> None:
    ran = loadtest(server, "--model", "other")
    assert (ran.exit_code, server.records()) == (1, [])
    assert "the server has no model other; it has: demo" in ran.output


def interrupted(server: Scripted, *words: str) -> tuple[int, Any]:
    """The exit status and report of a test that Ctrl-C ends, once it has an answer."""
    server.plays(first_seconds=0.01, interval_seconds=0.001)
    command = (Path(sys.executable).with_name("modelserver"), "loadtest", server.url, "--rate", "20", "-o", "json")
    running = subprocess.Popen([*command, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until(lambda: any(each.ended for each in server.records()), PATIENCE_SECONDS, "a request is answered")
    running.send_signal(signal.SIGINT)
    told, complaints = running.communicate(timeout=PATIENCE_SECONDS)
    assert "Ended early" in complaints
    return running.returncode, json.loads(told)


def test_ctrl_c_ends_it_early_and_still_reports(server: Scripted) -> None:
    status, report = interrupted(server, "--warm-up", "0s", "--duration", "10m")
    assert (status, report["endedEarly"]) == (0, True)
    assert report["overall"]["answered"] > 0


def test_ctrl_c_in_the_warm_up_leaves_nothing_measured(server: Scripted) -> None:
    status, report = interrupted(server, "--warm-up", "10m", "--assert", "errors<1%")
    assert (status, report["endedEarly"], report["measuredSeconds"]) == (1, True, 0)
    assert (report["overall"]["asked"], report["assertions"][0]["holds"]) == (0, False)


def test_a_rate_whose_run_was_cut_short_is_not_said_to_be_met(server: Scripted) -> None:
    words = ("--find-capacity", "--slo", "e2e.p95<30s", "--warm-up", "0s", "--duration", "10m")
    _, report = interrupted(server, *words)
    found = report["capacity"]
    assert (found["outcome"], found["rate"], found["tries"]) == ("Stopped", None, [])


def test_a_search_that_finds_no_rate_fails(server: Scripted) -> None:
    server.plays(first_seconds=0.01, interval_seconds=0.001)
    search = ("--find-capacity", "--slo", "e2e.p95<1ms", "--rate", "30")
    ran = loadtest(server, *search, "--warm-up", "0s", "--duration", "250ms")
    assert ran.exit_code == 1
    assert "The objectives were met at no rate that was tried." in ran.stdout
    asked = re.findall(r"30\.0 requests/s: missed.*\((\S+) asked/s", ran.stderr)
    assert asked == ["32.0", "28.0"]  # eight and seven; at less than 20/s such a run would ask less than five


@pytest.mark.long
def test_the_capacity_is_found(tmp_path: Path) -> None:
    """Eight at once, of 0.4 s each, are 20 requests a second; with every pause of the machine it is a little less.

    A run of two seconds sees a line that grows for two seconds, so the objective leaves little room for one.
    """
    (tmp_path / "tiny.yaml").write_text("- {scenario: tiny, words: 8, max_tokens: 11}\n")
    search = ("--find-capacity", "--slo", "e2e.p90<800ms", "--rate", "8", "--max-rate", "32", "--precision", "50")
    load = ("--arrivals", "constant", "--warm-up", "500ms", "--duration", "1500ms")
    with scripted(tmp_path, limits={"sequences": 8, "waiting_line": 200}) as server:
        server.plays(first_seconds=0.2, interval_seconds=0.02)
        with precedence(server.pid, os.getpid()):
            report = reported(server, *search, *load, "--scenario", str(tmp_path / "tiny.yaml"))
    capacity = report["capacity"]
    assert capacity["outcome"] == "Found"
    assert 8 <= capacity["rate"] <= 25  # how near it comes is shown without a server, by the search alone
    assert capacity["firstTooMuch"] <= 32
    assert 2 <= capacity["proposal"]["targetUnfinishedRequests"] <= 10  # three quarters of eight, or a few that wait
