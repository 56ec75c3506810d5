"""Counters that alerts wait for are there, at 0, before anything happens: a rise from nothing is none to Prometheus."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.unit.runtime.scripted import Bench
from tests.unit.runtime.watched import Watched

from modelserver_runtime.measure import Outcome
from modelserver_runtime.refusals import REASONS
from modelserver_runtime.stages import rates

ROOT = Path(__file__).parents[3]
REFUSED = "modelserver_requests_refused_total"


def in_the_source() -> Iterator[str]:
    """The reason of every refusal that is written out in the runtime."""
    for file in (ROOT / "runtime" / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refusal":
                code = node.args[1]
                yield from (str(code.value),) if isinstance(code, ast.Constant) else ()


def test_every_reason_is_known_from_the_start_on() -> None:
    bench = Bench()
    section = (ROOT / "docs" / "runtime.md").read_text().partition("## Refusals")[2].partition("\n## ")[0]
    told = re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE)

    assert set(told) == set(REASONS)
    assert {*in_the_source(), *rates.REASONS.values()} - set(REASONS) == set()
    assert [bench.registry.get_sample_value(REFUSED, {"reason": reason}) for reason in REASONS] == [0] * len(REASONS)


async def test_what_is_put_in_force_is_counted_from_its_start_on() -> None:
    async with Watched() as watched:
        value = watched.bench.registry.get_sample_value
        for outcome in Outcome:
            assert value("modelserver_requests_total", {"model": "grave", "outcome": outcome.value}) == 0
        assert value("modelserver_request_seconds_count", {"model": "grave"}) == 0
        vectors = [*watched.emotions.now.digests]
        assert vectors
        assert [value("modelserver_emotions_requests_total", {"emotion": vector}) for vector in vectors] == [0] * len(
            vectors
        )
