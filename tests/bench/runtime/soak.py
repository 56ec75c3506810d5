"""Very many requests whose callers vanish at any moment: nothing of them may stay, no slot and no memory."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from tests.bench.runtime.client import Caller, connect, request
from tests.bench.runtime.process import ALIAS, Server

BATCHES = 10  # memory is read after each
SETTLE_SECONDS = 30.0  # in which the last to leave are noticed


class Soak(NamedTuple):
    """So many requests, so many at a time; `tokens` each, and a caller who leaves has heard `patience` seconds."""

    requests: int
    concurrency: int
    tokens: int
    patience: float
    seed: int


async def run(server: Server, soak: Soak) -> dict[str, Any]:
    """Leaked slots, growth of memory over the second half, and what happened on the way."""
    chance = random.Random(soak.seed)
    resident = []
    for _ in range(BATCHES):
        await _batch(server, soak, chance, soak.requests // BATCHES)
        resident.append(server.resident_kib())
    return {
        "leaked_slots": 0 if await server.idle(SETTLE_SECONDS) else server.unfinished(),
        "rss_growth": round(resident[-1] / resident[BATCHES // 2 - 1] - 1, 4),
        "resident_kib": resident,
        "gone": server.gone(),
    }


async def _batch(server: Server, soak: Soak, chance: random.Random, requests: int) -> None:
    left = iter(range(requests))

    async def caller() -> None:
        for _ in left:
            await chance.choice(ENDS)(await connect(server.ports["shell"]), soak, chance)

    await asyncio.gather(*(caller() for _ in range(soak.concurrency)))


async def _leaves_while_sending(caller: Caller, soak: Soak, chance: random.Random) -> None:
    whole = request(ALIAS, tokens=soak.tokens, stream=True)
    caller.send(whole[: chance.randrange(1, len(whole))], stream=True)
    await asyncio.sleep(chance.random() * soak.patience)
    caller.hang_up()


async def _leaves_at_once(caller: Caller, soak: Soak, chance: random.Random) -> None:
    """Waiting, where every slot is taken; running otherwise."""
    caller.send(request(ALIAS, tokens=soak.tokens, stream=chance.random() < 0.5), stream=True)
    await asyncio.sleep(chance.random() * soak.patience)
    caller.hang_up()


async def _leaves_mid_stream(caller: Caller, soak: Soak, chance: random.Random) -> None:
    caller.send(request(ALIAS, tokens=soak.tokens, stream=True), stream=True)
    async with asyncio.timeout(60):
        await caller.begun
    await asyncio.sleep(chance.random() * soak.patience)
    caller.hang_up()


async def _stays(caller: Caller, soak: Soak, chance: random.Random) -> None:
    stream = chance.random() < 0.5
    caller.send(request(ALIAS, tokens=soak.tokens, stream=stream), stream=stream)
    if not await caller.answer():
        raise RuntimeError(f"a caller that stayed got no answer: {bytes(caller.received[:300])!r}")
    caller.hang_up()


End = Callable[[Caller, Soak, random.Random], Awaitable[None]]
ENDS: tuple[End, ...] = (_leaves_while_sending, _leaves_at_once, _leaves_mid_stream, _stays)
