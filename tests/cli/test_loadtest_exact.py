"""What a load test reports is what the server did: percentiles within 2 %, also while the server stands still."""

import asyncio
import os
import time
from collections.abc import Iterator

import pytest
from tests.bench.percentile import percentile
from tests.cli.exactness import ALL, error, first_tokens, gaps_errors, load, precedence, request, wholes
from tests.cli.scripted import Scripted

from modelserver_operator.cli.loadtest.generating.plan import Closed, Constant, Family, Poisson

ALLOWED = 0.02
STALL_SECONDS = 2.0
IN_STALL = (90, 95)  # percentiles of those who were held up by it


@pytest.fixture(autouse=True)
def before_all_others(server: Scripted) -> Iterator[None]:
    """The server, and this process, which asks."""
    with precedence(server.pid, os.getpid()):
        yield


async def test_steady_delays_are_reported_as_they_were(server: Scripted) -> None:
    server.plays(first_seconds=0.5, interval_seconds=0.1)
    recorded = await load(server, Poisson(80), *(request(family, 5) for family in ALL), seconds=2)
    records = server.records()
    assert error(first_tokens(recorded), [each.first - each.arrived for each in records]) < ALLOWED
    assert error(wholes(recorded), [each.ended - each.arrived for each in records]) < ALLOWED
    assert all(each < ALLOWED for each in gaps_errors(recorded, records))
    assert set(recorded.samples.tokens_out) == set(recorded.samples.events) == {5}


async def test_so_are_delays_of_every_length(server: Scripted) -> None:
    server.plays(first_seconds=None, interval_seconds=0.8)  # the first token within this, evenly spread

    async def quickens() -> None:
        await asyncio.sleep(1)
        await asyncio.to_thread(server.plays, interval_seconds=0.2)

    recorded, _ = await asyncio.gather(load(server, Poisson(80), request(Family.CHAT, 4), seconds=2), quickens())
    records = server.records()
    assert error(first_tokens(recorded), [each.first - each.arrived for each in records]) < ALLOWED
    assert error(wholes(recorded), [each.ended - each.arrived for each in records]) < ALLOWED
    assert all(each < ALLOWED for each in gaps_errors(recorded, records))


async def test_answers_that_are_no_streams(server: Scripted) -> None:
    server.plays(first_seconds=0.5, interval_seconds=0.05)
    recorded = await load(server, Poisson(80), request(Family.CHAT, 3, stream=False), seconds=1.5)
    assert error(wholes(recorded), [each.ended - each.arrived for each in server.records()]) < ALLOWED
    assert set(recorded.samples.tokens_out) == {3}


async def stalls(server: Scripted) -> None:
    """It stands still in the middle."""
    await asyncio.sleep(1)
    await asyncio.to_thread(server.stands_still, STALL_SECONDS)


async def test_who_was_due_while_it_stood_still_is_counted_from_then(server: Scripted) -> None:
    server.plays(first_seconds=0.5, interval_seconds=0.1)
    began = time.time() - time.monotonic()
    recorded, _ = await asyncio.gather(load(server, Constant(50), request(Family.CHAT, 1), seconds=4), stalls(server))
    records = server.records()
    assert error(first_tokens(recorded), [each.first - each.arrived for each in records], IN_STALL) < ALLOWED
    went_on = min(each.first for each in records if each.first - each.arrived > STALL_SECONDS / 2)
    due = [recorded.began_unix - began + moment for moment in recorded.samples.intended]
    held = [went_on - moment for moment in due if 0.5 <= went_on - moment < STALL_SECONDS + 0.5]
    scheduled = held + [0.5] * (len(due) - len(held))
    assert percentile(scheduled, 90) > 1.5
    assert error(first_tokens(recorded), scheduled, IN_STALL) < ALLOWED


async def test_callers_who_wait_do_not_see_what_they_do_not_ask(server: Scripted) -> None:
    """Why an open loop is the default: the same two seconds, and nine of ten requests know nothing of them."""
    server.plays(first_seconds=0.05, interval_seconds=0.01)
    recorded, _ = await asyncio.gather(load(server, Closed(4), request(Family.CHAT, 2), seconds=4), stalls(server))
    assert sum(whole > STALL_SECONDS / 2 for whole in wholes(recorded)) == 4
    assert percentile(wholes(recorded), 90) < STALL_SECONDS / 2
