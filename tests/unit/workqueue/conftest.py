"""A clock that the tests turn by hand: whoever sleeps wakes when the clock has passed, and no real second goes by."""

import asyncio
import heapq
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from modelserver_operator.workqueue import Backoff, Done, Retry, Time, WorkQueue

SETTLE_STEPS = 50  # turns of the event loop; a key's way through the queue takes fewer than ten


@dataclass
class VirtualClock:
    now: float = 1000.0
    _sleepers: list[tuple[float, int, asyncio.Future[None]]] = field(default_factory=list)

    def time(self) -> Time:
        return Time(now=lambda: self.now, sleep=self._sleep)

    async def advance(self, seconds: float) -> None:
        """Let the time pass, waking sleepers one by one in their order."""
        await self.settle()
        end = self.now + seconds
        while self._sleepers and self._sleepers[0][0] <= end:
            self.now, _, sleeper = heapq.heappop(self._sleepers)
            if not sleeper.done():
                sleeper.set_result(None)
            await self.settle()
        self.now = end

    async def settle(self) -> None:
        """Let everything happen that can happen without time passing."""
        for _ in range(SETTLE_STEPS):
            await asyncio.sleep(0)

    async def _sleep(self, seconds: float) -> None:
        sleeper: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + max(0.0, seconds), id(sleeper), sleeper))
        await sleeper


Work = Callable[[str], Awaitable[Done | Retry]]


@dataclass
class Bench:
    """A running queue, its clock, and what it did: (time since the start, key)."""

    clock: VirtualClock
    queue: WorkQueue[str]
    passes: list[tuple[float, str]]

    def times(self, key: str) -> list[float]:
        return [round(at - 1000.0, 6) for at, name in self.passes if name == key]


@pytest.fixture
async def bench() -> AsyncIterator[Callable[..., Bench]]:
    """Start a queue around `work`; backoff without chance unless told otherwise."""
    tasks: list[asyncio.Task[None]] = []

    def start(work: Work, *, workers: int = 2, backoff: Backoff | None = None) -> Bench:
        clock = VirtualClock()
        passes: list[tuple[float, str]] = []

        async def recorded(key: str) -> Done | Retry:
            passes.append((clock.now, key))
            return await work(key)

        plain = backoff or Backoff(chance=lambda: 0.0)
        queue = WorkQueue[str](recorded, workers=workers, backoff=plain, time=clock.time())
        tasks.append(asyncio.create_task(queue.run()))
        return Bench(clock, queue, passes)

    yield start
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(outcome, asyncio.CancelledError), outcome
