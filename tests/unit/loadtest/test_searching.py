"""A search for the largest rate, asked of a server that answers at once."""

import asyncio

from tests.unit.loadtest.answering import always, answering, chat, whole

from modelserver_operator.cli.loadtest.capacity.finding import Run, found
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


async def test_each_run_says_its_own_seed() -> None:
    run = await searched(7)
    seeds = [tried.seed for tried in run.tries]
    assert seeds == list(range(7, 7 + len(seeds)))
    assert len(seeds) > 1
