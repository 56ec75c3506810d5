"""The load that follows from what was asked for."""

from __future__ import annotations

from dataclasses import asdict, replace

import click
import pytest
from tests.unit.loadtest.answering import chat

from modelserver_operator.cli.loadtest.generating.plan import Destination, Family
from modelserver_operator.cli.loadtest.generating.schedule import moments, within
from modelserver_operator.cli.loadtest.wanted.about import About
from modelserver_operator.cli.loadtest.wanted.arguments import HowMuch, What
from modelserver_operator.cli.loadtest.wanted.planning import Planner, models

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


def due(draw: int) -> list[float]:
    """The moments of a run at a rate that is tried."""
    plan = planner().plan(5.0, draw)
    return list(within(plan, moments(plan.arrivals, plan.seed)))  # type: ignore[arg-type]


def test_each_run_of_a_search_has_a_draw_of_its_own_and_the_same_search_has_the_same() -> None:
    assert due(1) == due(1)
    assert len({tuple(due(draw)) for draw in range(5)}) == 5


def test_a_run_of_a_search_is_repeated_by_its_rate_and_its_seed() -> None:
    tried = planner().plan(5.0, 3)
    alone = replace(planner().how_much, rate=5.0, seed=tried.seed)
    assert replace(planner(), how_much=alone).plan() == tried


def test_nothing_but_the_timeout_that_was_asked_for_ends_a_request() -> None:
    timeouts = asdict(planner().plan().timeouts)
    assert {name: seconds for name, seconds in timeouts.items() if name != "connect"} == {"whole": HOUR}


def test_who_lists_no_models_may_have_been_asked_at_the_wrong_port() -> None:
    what = What((), "openai", Family.CHAT, True, None, (), (), None, 0, False)
    with pytest.raises(click.ClickException, match=r"--model, or give the port that clients ask"):
        models(what, About(None, (), {}))
