"""Percentiles that are reported beside those of what the engine did: the largest relative difference of any."""

import asyncio
import os

from tests.cli.exactness import ALL, error, first_tokens, gaps_errors, load, precedence, request, wholes
from tests.cli.scripted import Scripted

from modelserver_operator.cli.loadtest.generating.plan import Constant, Family, Poisson
from modelserver_operator.cli.loadtest.generating.recorded import Recorded

STALL_SECONDS = 2.0


async def figures(server: Scripted) -> dict[str, float]:
    """Over steady delays of three APIs, delays of every length, and a stall in the middle."""
    with precedence(server.pid, os.getpid()):
        return {"percentile_error": max([await _steady(server), await _spread(server), await _stalled(server)])}


async def _steady(server: Scripted) -> float:
    server.begins_anew()
    server.plays(first_seconds=0.5, interval_seconds=0.1)
    return _error(server, await load(server, Poisson(80), *(request(family, 5) for family in ALL), seconds=4))


async def _spread(server: Scripted) -> float:
    server.begins_anew()
    server.plays(first_seconds=None, interval_seconds=0.8)
    return _error(server, await load(server, Poisson(80), request(Family.CHAT, 4), seconds=4))


async def _stalled(server: Scripted) -> float:
    server.begins_anew()
    server.plays(first_seconds=0.5, interval_seconds=0.1)

    async def stalls() -> None:
        await asyncio.sleep(2)
        await asyncio.to_thread(server.stands_still, STALL_SECONDS)

    recorded, _ = await asyncio.gather(load(server, Constant(25), request(Family.CHAT, 3), seconds=6), stalls())
    arrivals = [(each.first - each.arrived, each.ended - each.arrived) for each in server.records()]
    return max(
        error(first_tokens(recorded), [first for first, _ in arrivals]),
        error(wholes(recorded), [whole for _, whole in arrivals]),
    )


def _error(server: Scripted, recorded: Recorded) -> float:
    records = server.records()
    return max(
        error(first_tokens(recorded), [each.first - each.arrived for each in records]),
        error(wholes(recorded), [each.ended - each.arrived for each in records]),
        *gaps_errors(recorded, records),
    )
