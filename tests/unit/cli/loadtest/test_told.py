"""What is told of a run: text of 100 columns, JSON by the schema, a page that needs nothing else, comparisons."""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from math import nan
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from tests.unit.cli.loadtest.runs import Recording

from modelserver_operator.cli import main
from modelserver_operator.cli.loadtest.generating.plan import Destination, Family, LoadPlan, Poisson
from modelserver_operator.cli.loadtest.generating.recorded import Outcome, Recorded, Spread
from modelserver_operator.cli.loadtest.reporting import showing
from modelserver_operator.cli.loadtest.reporting.comparing import Verdict, compared
from modelserver_operator.cli.loadtest.reporting.comparison_report import Compared
from modelserver_operator.cli.loadtest.reporting.making import Subject, report, without_secrets
from modelserver_operator.cli.loadtest.reporting.page import page
from modelserver_operator.cli.loadtest.reporting.report import Report
from modelserver_operator.cli.loadtest.reporting.text import text
from modelserver_operator.cli.loadtest.wanted.about import About
from modelserver_operator.cli.loadtest.wanted.arguments import HowMuch, Judged, Told, What
from modelserver_operator.cli.loadtest.wanted.claims import parse
from modelserver_operator.cli.loadtest.wanted.scenarios import MIXED
from modelserver_operator.cli.loadtest.wanted.way import Way
from modelserver_operator.cli.screen import plain

NASTY = "500 <script>alert(1)</script>"
JUDGED = Judged([parse("ttft.p95<2s")], [parse("e2e.p95<1s"), parse("errors<0.1%")], False, 1.0, 5)


def made(slower: float = 1.0, seed: int = 0, errors: int = 3) -> Report:
    """A report of some hundred requests of three scenarios, which took `slower` times as long as usual."""
    dice, run = random.Random(seed), Recording(20.0, "short", "medium", "long")
    for number in range(400):
        scenario = dice.choice(("short", "medium", "long"))
        took = slower * dice.uniform(0.8, 1.2)
        run.answered(number / 20, took, ttft=took / 4, scenario=scenario)
    for number in range(errors):
        run.not_answered(Outcome.FAILED, NASTY, number)
    run.not_answered(Outcome.REFUSED, "429 waiting_line_full", 1.0, retry_after=4.0)
    return reported(run.recorded)


def reported(recorded: Recorded) -> Report:
    """As if it had been asked for by name, through the API server."""
    what = What(MIXED, "openai", Family.CHAT, True, None, (), ("happiness",), 0.7, 0, False)
    how_much = HowMuch(20.0, False, None, 20.0, None, 0.0, 600.0, 0)
    way = Way("https://api.example.com/proxy", "ServiceProxy", model_server="team/support")
    about = About("modelserver 0.1.0", ("support",), {"support": 4096})
    subject = Subject("support", way, about, ("support",), what, how_much, JUDGED, (2, 2))
    plan = LoadPlan(Destination("api.example.com", 443), (), Poisson(20.0), duration=20.0, seed=2)
    return report(subject, plan, recorded)


def test_the_text_fits_a_hundred_columns() -> None:
    lines = plain(*text(made())).splitlines()
    assert [line for line in lines if len(line) > 100] == []
    told = "\n".join(lines)
    assert "team/support, 2 ready pods, modelserver 0.1.0: support" in told
    assert "Refused: 1 × 429 waiting_line_full, Retry-After 4 s." in told
    assert "Steered: 2 × happiness=0.70." in told
    assert re.search(r"e2e\.p95<1s +DOES NOT HOLD +1\.\d\d s", told)
    assert "not the bottleneck" in told
    assert "Asked through the API server" in told


def test_a_run_that_was_ended_in_its_warm_up_has_nothing_to_tell() -> None:
    run = Recording(0.0).recorded
    never = Spread(nan, nan, nan, 0.0)
    ended = reported(replace(run, stopped=True, own=replace(run.own, lateness=never)))
    told = plain(*text(ended))
    assert "Ended early, in the warm-up: nothing was measured." in told
    assert "late at most" not in told
    assert "MEAN" not in told  # no table of times without a row
    assert "Ended early, in the warm-up" in page(ended)


def test_the_report_is_read_again_as_it_was_written() -> None:
    written = made().model_dump_json(by_alias=True)
    assert Report.model_validate_json(written) == made()
    assert json.loads(written)["schemaVersion"] == 1


def test_the_seed_is_the_one_that_was_asked_for() -> None:
    """A search gives its runs others: whoever takes the report's seed wants the same search."""
    assert made().load.seed == 0


class Outside(HTMLParser):
    """Everything in a page that a browser would fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [f"{tag} {name}={value}" for name, value in attrs if name in ("src", "href", "xlink:href")]
        if tag in ("script", "link", "iframe", "img", "object", "embed", "base"):
            self.found.append(tag)


def test_the_page_needs_nothing_but_itself() -> None:
    found, html = Outside(), page(made(), made(2.0))
    found.feed(html)
    assert found.found == []
    assert re.findall(r"url\(|@import|javascript:|\son\w+=", html) == []
    assert html.count("<svg") == 7
    assert "<title>" in html.partition("<svg")[2]  # what stands under the pointer
    assert "prefers-color-scheme: dark" in html
    assert NASTY not in html
    assert "500 &lt;script&gt;" in html


def test_a_run_like_the_other_differs_by_no_more_than_chance() -> None:
    """Of thirty figures of two equal runs one or two lie outside of 95 % intervals by chance."""
    found = compared(made(seed=1), made(seed=2))
    overall = {each.name: each.verdict for each in found.differences if not each.scenario}
    assert overall["e2e.p50"] is Verdict.NOISE
    assert overall["e2e.p95"] is Verdict.NOISE
    assert overall["errors"] is Verdict.NOISE
    assert found.notes == ()


def test_a_run_that_is_slower_and_fails_more_is_told_as_worse() -> None:
    found = {each.name: each for each in compared(made(), made(1.3, errors=60)).differences if not each.scenario}
    assert {found[name].verdict for name in ("ttft.p50", "e2e.p50", "e2e.p95", "errors")} == {Verdict.WORSE}
    assert found["e2e.p50"].change == pytest.approx(0.3, abs=0.05)
    back = {each.name: each for each in compared(made(1.3), made()).differences if not each.scenario}
    assert back["e2e.p95"].verdict is Verdict.BETTER


def test_two_files_are_compared_by_a_command(tmp_path: Path) -> None:
    for name, slower in (("old", 1.0), ("new", 1.3)):
        (tmp_path / f"{name}.json").write_text(made(slower).model_dump_json(by_alias=True))
    names = [str(tmp_path / f"{name}.json") for name in ("old", "new")]
    ran = CliRunner().invoke(main, ["loadtest-compare", *names, "--html", str(tmp_path / "both.html")])
    assert ran.exit_code == 0, ran.output
    assert re.search(r"all +e2e\.p95 +1\.\d\d s +1\.\d\d s +\+3\d\.\d % +worse", ran.output)
    assert "Compared with the run of" in (tmp_path / "both.html").read_text()
    for output, read in (("json", json.loads), ("yaml", yaml.safe_load)):
        told = Compared.model_validate(
            read(CliRunner().invoke(main, ["loadtest-compare", *names, "-o", output]).stdout)
        )
        assert {"Worse", "Noise"} <= {each.verdict for each in told.differences}


@pytest.mark.parametrize(("output", "read"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_a_comparison_stands_in_the_document_of_its_report(
    output: str, read: Callable[[str], Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new, old, written = made(1.3), made(), tmp_path / "new.json"
    showing.show(new, Told(written, None, None, output), old)
    told = Report.model_validate(read(capsys.readouterr().out))
    assert told.comparison
    worse = {(each.scenario, each.figure) for each in told.comparison.differences if each.verdict == "Worse"}
    assert {("all", "e2e.p95"), ("short", "e2e.p95")} <= worse
    assert told == showing.read(written)
    assert told.model_copy(update={"comparison": None}) == new


def test_a_report_of_before_is_read_though_it_lacks_what_was_added(tmp_path: Path) -> None:
    tried = {"rate": 5.0, "met": True, "why": "", "answeredPerSecond": 5.0, "seconds": 6.0}
    capacity = {"outcome": "NotReached", "rate": 5.0, "firstTooMuch": None, "tries": [tried]}
    old = tmp_path / "old.json"
    old.write_text(json.dumps(made().model_dump(mode="json", by_alias=True) | {"capacity": capacity}))
    found = showing.read(old).capacity
    assert found
    assert [(each.rate, each.asked_per_second, each.seed) for each in found.tries] == [(5.0, 0.0, None)]


def test_what_is_no_report_is_told(tmp_path: Path) -> None:
    (tmp_path / "no.json").write_text('{"schemaVersion": 2}')
    ran = CliRunner().invoke(main, ["loadtest-compare", str(tmp_path / "no.json"), str(tmp_path / "no.json")])
    assert ran.exit_code == 1
    assert "no.json is no report of modelserver loadtest: " in ran.output


def test_keys_stand_in_no_report() -> None:
    words = ["http://h", "--api-key", "secret", "--header=x-key: secret", "--header", "a: secret", "--rate", "2"]
    told = without_secrets(words)
    assert "secret" not in " ".join(told)
    assert told[-2:] == ["--rate", "2"]
    assert told[:2] == ["http://h", "--api-key"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rate", "0"], "--rate"),
        (["--rate", "2", "--concurrency", "2"], "--concurrency is a closed loop and --rate an open one"),
        (["--find-capacity"], "--find-capacity needs what is to be met: at least one --slo"),
        (["--find-capacity", "--slo", "e2e.p95<1s", "--requests", "5"], "--requests does not go with --find-capacity"),
        (["--duration", "soon"], "write it like 30s, 2m or 500ms"),
        (["--duration", "0s"], "has to be more than 0"),
        (["--assert", "speed<1s"], "is no metric: allowed are"),
        (["--assert", "medium.e2e.p95<1s"], "there is no scenario 'medium' in this run"),
        (["--no-stream", "--slo", "ttft.p95<1s"], "only streams have a ttft"),
        (["--scenario", "huge"], "is none of short, medium, long, mixed"),
        (["--emotion-scale", "1"], "--emotion-scale goes with --emotion"),
        (["--emotion", "joy", "--emotion-scale", "5"], "-4<=x<=4"),
        (["--variant", "a", "--model", "b"], "leave out --model and --emotion"),
        (["--ignore-eos", "--api", "anthropic"], "the Anthropic API has no such field"),
        (["--header", "no colon"], "is no header; write it like"),
        (["--header", "Host: x"], "Host is set by the load tester itself"),
        (["--api-key", "two words"], "a key is one line of visible ASCII characters"),
        (["--compare", "nowhere.json"], "does not exist"),
        (["--concurrency", "2", "--arrivals", "constant"], "--arrivals goes with --rate, not with --concurrency"),
        (["--concurrency", "20001"], "1<=x<=20000"),
        (["--max-rate", "5"], "--max-rate goes with --find-capacity"),
        (["--insecure"], "--insecure goes with a URL of https://"),
        (["-n", "team"], "-n goes with the NAME of a ModelServer, not with a URL"),
        (["--find-capacity", "--slo", "e2e.p95<1s", "--rate", "20", "--max-rate", "10"], "give a larger one"),
        (["--find-capacity", "--slo", "e2e.p95<1s", "--rate", "0.4"], "--rate: has to be 0.5 at least"),
        (["--find-capacity", "--slo", "e2e.p95<1s", "--max-rate", "0.4"], "--max-rate: has to be 0.5 at least"),
        (["--report", "nowhere/now.json"], "nowhere is no folder that is there"),
        (["--html", "/dev/null/now.html"], "/dev/null is no folder that is there"),
        (["--api-key-file", sys.executable], "--api-key-file: a key is one line of visible ASCII characters"),
    ],
)
def test_a_wrong_command_line_names_the_option_and_what_is_allowed(words: list[str], said: str) -> None:
    ran = CliRunner(env={"MODELSERVER_API_KEY": None}).invoke(main, ["loadtest", "http://127.0.0.1:9", *words])
    assert ran.exit_code == 2
    assert said in " ".join(ran.output.split()), ran.output


@pytest.mark.parametrize("asked", ["localhost:8000", "localhost:8000/v1", "team/support"])
def test_what_is_neither_a_url_nor_a_name_is_told(asked: str) -> None:
    ran = CliRunner().invoke(main, ["loadtest", asked])
    assert ran.exit_code == 2
    assert f"'{asked}' is no name of a ModelServer; a URL begins with http:// or https://." in ran.output


def test_a_prefix_that_messages_would_not_have_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("- {messages: [{role: user, content: Hi}]}")
    words = ("--scenario", str(tmp_path / "own.yaml"), "--shared-prefix", "9")
    ran = CliRunner().invoke(main, ["loadtest", "http://127.0.0.1:9", *words])
    assert (ran.exit_code, "--shared-prefix goes before prompts and words" in ran.output) == (2, True)


def test_a_wrong_address_and_a_server_that_is_not_there_are_told() -> None:
    ran = CliRunner().invoke(main, ["loadtest", "http://"])
    assert ran.exit_code == 2, (ran.output, ran.exception, ran.exc_info)
    assert "is no URL of a server" in ran.output
    ran = CliRunner().invoke(main, ["loadtest", "http://127.0.0.1:9"])
    assert ran.exit_code == 1
    assert "http://127.0.0.1:9 cannot be reached: Connection refused.\n" in ran.output
