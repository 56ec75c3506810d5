"""The load that follows from what was asked for."""

from __future__ import annotations

from dataclasses import asdict

from tests.unit.loadtest.answering import chat

from modelserver_operator.cli.loadtest.generating.plan import Destination
from modelserver_operator.cli.loadtest.wanted.arguments import HowMuch
from modelserver_operator.cli.loadtest.wanted.planning import Planner

HOUR = 3600.0


def planner(*, timeout: float = HOUR) -> Planner:
    """Of a whole minute at a rate of twenty."""
    asked = HowMuch(
        rate=20.0,
        constant=False,
        concurrency=None,
        duration=60.0,
        requests=None,
        warm_up=0.0,
        timeout=timeout,
        seed=0,
    )
    return Planner(Destination("a.example", 80), (chat(),), asked)


def test_nothing_but_the_timeout_that_was_asked_for_ends_a_request() -> None:
    timeouts = asdict(planner().plan().timeouts)
    assert {name: seconds for name, seconds in timeouts.items() if name != "connect"} == {"whole": HOUR}
