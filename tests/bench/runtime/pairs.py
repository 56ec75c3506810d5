"""Real vLLM through the shell and bare, round by round, so that whatever else the machine does falls on both."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable

from tests.bench.runtime.client import Caller, connect, request
from tests.bench.runtime.process import ALIAS, NAME, Server

Rounds = list[dict[str, float]]
NAMES = {"bare": NAME, "shell": ALIAS}  # under an alias, so that renaming is in the figure
ORDERS = (("bare", "shell"), ("shell", "bare"))


async def latency(server: Server, rounds: int, calls: int) -> Rounds:
    """Milliseconds of a one-token answer: the medians of `calls` each, asked in turn."""
    connections = {side: await connect(server.ports[side]) for side in NAMES}
    await _one_token(connections, ORDERS[0], 10)  # warm
    return [await _one_token(connections, ORDERS[number % 2], calls) for number in range(rounds)]


async def _one_token(connections: dict[str, Caller], order: tuple[str, ...], calls: int) -> dict[str, float]:
    times: dict[str, list[float]] = {side: [] for side in order}
    for _ in range(calls):
        for side in order:
            began = time.perf_counter()
            connections[side].send(request(NAMES[side], tokens=1, stream=False), stream=False)
            if not await connections[side].answer():
                raise RuntimeError(f"no answer from {side}: {bytes(connections[side].received[:300])!r}")
            times[side].append((time.perf_counter() - began) * 1000)
    return {side: round(statistics.median(times[side]), 4) for side in NAMES}


async def throughput(server: Server, rounds: int, streams: int, tokens: int) -> Rounds:
    """Tokens a second of so many concurrent streams."""
    await _streams(server, "bare", streams, tokens)  # warm
    return [await _both(_streams, server, ORDERS[number % 2], streams, tokens) for number in range(rounds)]


async def _both(
    measure: Callable[[Server, str, int, int], Awaitable[float]],
    server: Server,
    order: tuple[str, ...],
    streams: int,
    tokens: int,
) -> dict[str, float]:
    return {side: round(await measure(server, side, streams, tokens), 2) for side in order}


async def _streams(server: Server, side: str, streams: int, tokens: int) -> float:
    callers = [await connect(server.ports[side]) for _ in range(streams)]
    began = time.perf_counter()
    for caller in callers:
        caller.send(request(NAMES[side], tokens=tokens, stream=True), stream=True)
    ended = await asyncio.gather(*(caller.answer() for caller in callers))
    if not all(ended):
        raise RuntimeError(f"{ended.count(False)} streams were cut at {side}")
    seconds = time.perf_counter() - began
    for caller in callers:
        caller.hang_up()
    return streams * tokens / seconds
