"""A search for the largest rate, asked of a server that answers at once."""

import asyncio
from itertools import count

import pytest
from tests.unit.loadtest.answering import always, answering, chat, whole

from modelserver_operator.cli.loadtest.capacity.finding import Run, found
from modelserver_operator.cli.loadtest.generating.plan import Poisson
from modelserver_operator.cli.loadtest.generating.schedule import moments
from modelserver_operator.cli.loadtest.wanted.arguments import HowMuch, Judged
from modelserver_operator.cli.loadtest.wanted.claims import parse
from modelserver_operator.cli.loadtest.wanted.planning import Planner

RATE, SECONDS = 20.0, 0.25
JUDGED = Judged([parse("e2e.p95<60min")], [], True, RATE, 5)


async def searched(seed: int) -> Run:
    """At this rate and no larger one, five requests a run on average."""
    how_much = HowMuch(RATE, False, None, SECONDS, None, 0.0, 60.0, seed)
    async with answering(always(whole(b"{}"))) as destination:
        return await found(Planner(destination, (chat(stream=False),), how_much), JUDGED, asyncio.Event())


def seed_of_silence() -> int:
    """Of a first run in which chance asks nothing: one of 150 is such."""
    return next(seed for seed in count() if next(moments(Poisson(RATE), seed)) > SECONDS)


async def test_a_run_in_which_nothing_was_asked_is_no_try(capsys: pytest.CaptureFixture[str]) -> None:
    silent = seed_of_silence()
    run = await searched(silent)
    assert run.tries[0].seed == silent + 1
    assert all(tried.asked_per_second for tried in run.tries)
    said = capsys.readouterr().err
    assert said.count("20.0 requests/s: chance asked nothing, so it is tried again") == 1
    assert "missed, chance" not in said


async def test_each_run_says_its_own_seed() -> None:
    run = await searched(7)
    seeds = [tried.seed for tried in run.tries]
    assert seeds == list(range(7, 7 + len(seeds)))
    assert len(seeds) > 1
