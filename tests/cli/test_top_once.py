"""`modelserver top --once`: its figures against what the scripted engine says that it did between the two looks."""

import json
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from tests.bench.runtime.script import Record
from tests.cli.scripted import PATIENCE_SECONDS, Scripted
from tests.ports import free_port
from tests.waiting import until

from modelserver_operator.cli import main
from modelserver_operator.cli.top import showing
from modelserver_operator.cli.top.quantile import of_buckets
from modelserver_runtime.measure import FIRST_TOKEN, WHOLE

WITHIN = 0.02
Once = Callable[..., Result]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """What is to happen between the two looks, all of it and no more."""

    def happens(what: Callable[[], None]) -> None:
        async def pause(seconds: float) -> None:
            what()

        monkeypatch.setattr(showing, "sleep", pause)

    return happens


def once(server: Scripted, *words: str) -> Result:
    return CliRunner().invoke(main, ["top", "--once", server.control, *words])


def requests(server: Scripted) -> None:
    """Quick ones and slow ones, and one that fails. The server's clock says a little more than the engine's, so that
    each begins a bucket of the runtime that is a second or two wide."""
    with ThreadPoolExecutor(12) as pool:
        before = len(server.records())
        server.plays(first_seconds=2.05, interval_seconds=0.02)
        quick = [pool.submit(server.chat, tokens=1) for _ in range(8)]
        until(lambda: len(server.records()) == before + 8, PATIENCE_SECONDS, "the quick ones have come")
        server.plays(first_seconds=3.05)
        for each in (*quick, *(pool.submit(server.chat, tokens=6) for _ in range(4))):
            each.result()
    server.plays(failing=1)
    server.chat()
    server.settled()


def percentile(share: float, seconds: list[float], bounds: tuple[float, ...]) -> float | None:
    """What the runtime's buckets leave of the engine's own times."""
    return of_buckets(share, {bound: sum(each <= bound for each in seconds) for bound in (*bounds, math.inf)})


def test_its_figures_are_what_the_engine_did(server: Scripted, meanwhile: Callable[[Callable[[], None]], None]) -> None:
    server.chat()  # before the first look: not counted
    server.settled()
    before = len(server.records())
    meanwhile(lambda: requests(server))
    result = once(server, "-o", "json")
    assert (result.exit_code, result.stderr) == (0, "")
    found = json.loads(result.stdout)
    (told,), records = found["servers"], server.records()[before:]
    good = [record for record in records if record.status == 200]
    assert told["requests"] == {"answered": len(good), "failed": 1}
    near(told["requestsPerSecond"], len(records) / found["seconds"])
    near(told["tokensPerSecond"], sum(record.tokens for record in good) / found["seconds"])
    for key, took, bounds in (("ttftSeconds", first, FIRST_TOKEN), ("requestSeconds", whole, WHOLE)):
        for name, share in (("p50", 0.5), ("p95", 0.95)):
            near(told[key][name], percentile(share, [took(record) for record in good], bounds))
    assert told["byName"]["demo"]["requests"] == told["requests"] == told["podFigures"][0]["requests"]
    assert (told["running"], told["waiting"], told["emotions"]) == (0, 0, {"none": len(records)})


def near(told: float, did: float | None) -> None:
    assert told == pytest.approx(did, rel=WITHIN)


def first(record: Record) -> float:
    return record.first - record.arrived


def whole(record: Record) -> float:
    return record.ended - record.arrived


def test_refusals_are_told_by_reason(server: Scripted, meanwhile: Callable[[Callable[[], None]], None]) -> None:
    def refused() -> None:
        server.chat(model="nobody")
        server.chat(unheard_of=1)

    meanwhile(refused)
    (told,) = json.loads(once(server, "-o", "json").stdout)["servers"]
    assert told["refused"] == {"model_not_found": 1, "unknown_field": 1}


def test_the_same_as_yaml_and_as_text(server: Scripted, meanwhile: Callable[[Callable[[], None]], None]) -> None:
    meanwhile(lambda: None)
    found: dict[str, Any] = yaml.safe_load(once(server, "-o", "yaml").stdout)
    assert found["servers"][0]["name"] == "demo"
    header, row, note = once(server).stdout.splitlines()
    assert header.split()[:5] == ["NAME", "STATE", "PODS", "RUN", "WAIT"]
    assert row.split()[:5] == ["demo", "Well", "1/1", "0", "0"]
    assert note.startswith("Rates, percentiles and numbers are of the last ")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (
            ["support"],
            2,
            "support is no URL, such as http://127.0.0.1:9000. To see one ModelServer of a cluster: --fil",
        ),
        (["-o", "json", "http://127.0.0.1:9000"], 2, "-o json is of --once: a view that goes on has no end"),
        (["--once", "--sort", "age"], 2, "'age' is not one of 'namespace', 'name'"),
        (["--once", "--interval", "0.1"], 2, "0.1 is not in the range"),
    ],
)
def test_a_wrong_command_line_is_a_sentence(words: list[str], code: int, said: str) -> None:
    result = CliRunner().invoke(main, ["top", *words])
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr


def test_the_port_of_clients_is_told_from_the_control_port(server: Scripted) -> None:
    result = CliRunner().invoke(main, ["top", "--once", server.url])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(
        f"Error: {server.url} is no control port of a runtime: it answers 404 at /metrics. Clients"
    )


def test_nobody_there_is_a_sentence() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    result = CliRunner().invoke(main, ["top", "--once", url])
    assert (result.exit_code, result.stderr) == (1, f"Error: {url} cannot be reached: Connection refused.\n")
