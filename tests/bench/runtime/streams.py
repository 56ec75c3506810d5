"""Many streams at once on the scripted engine: whether all arrive whole, how late their events are, what they weigh."""

import asyncio
from typing import NamedTuple

from tests.bench.percentile import percentile
from tests.bench.runtime.client import Caller, connect, request
from tests.bench.runtime.pairs import NAMES, ORDERS
from tests.bench.runtime.process import Server

OPENED_AT_ONCE = 50  # the web server's line for new connections is finite


class Load(NamedTuple):
    """So many streams at once, of so many events each."""

    streams: int
    events: int


class Wave(NamedTuple):
    """What became of one wave of streams: lost ones, and the 99th percentile of how late events were, in ms."""

    lost: int
    p99_ms: float


async def rounds(server: Server, load: Load, number: int) -> list[dict[str, Wave]]:
    """Waves through the shell and bare, in turn."""
    return [{side: await wave(server, side, load) for side in ORDERS[each % 2]} for each in range(number)]


async def wave(server: Server, side: str, load: Load) -> Wave:
    """Open all streams and hear them to their end; how late events are counts from when all have begun."""
    callers = await _opened(server, side, load)
    await asyncio.gather(*(caller.begun for caller in callers))
    heard = [len(caller.delays) for caller in callers]
    await asyncio.gather(*(caller.answer() for caller in callers))
    whole = [caller for caller in callers if caller.complete and len(caller.delays) == load.events]
    for caller in callers:
        caller.hang_up()
    delays = [delay for caller, before in zip(callers, heard, strict=True) for delay in caller.delays[before:]]
    return Wave(load.streams - len(whole), round(percentile(delays, 99) * 1000, 3))


async def memory_kib(server: Server, side: str, load: Load) -> float:
    """What one open stream adds to the memory of a server that is new."""
    await wave(server, side, Load(1, 2))  # what is imported or made by the first request only
    before = server.resident_kib()
    callers = await _opened(server, side, load)
    await asyncio.gather(*(caller.begun for caller in callers))
    grown = server.resident_kib() - before
    for caller in callers:
        caller.hang_up()
    return round(grown / load.streams, 2)


async def _opened(server: Server, side: str, load: Load) -> list[Caller]:
    callers: list[Caller] = []
    while len(callers) < load.streams:
        more = min(OPENED_AT_ONCE, load.streams - len(callers))
        callers += await asyncio.gather(*(connect(server.ports[side]) for _ in range(more)))
        for caller in callers[-more:]:
            caller.send(request(NAMES[side], tokens=load.events, stream=True), stream=True)
    return callers
