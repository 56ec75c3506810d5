"""A work queue under a clock that the tests turn by hand."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from tests.clock import VirtualClock

from modelserver_operator.workqueue import Backoff, Done, Retry, WorkQueue

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
