"""Which key is worked on when: every key once at a time, failures with backoff, nothing forgotten.

The same promises as client-go's queue. A key that is added while it is worked on is worked on once more afterwards, so
no event is lost; a key that is added many times while it waits is worked on once, so no storm of events costs anything.
Clock, sleep and chance come from outside: the tests turn the clock by hand.
"""

import asyncio
import logging
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Done:
    """The pass succeeded; look again after `again` seconds, if set."""

    again: float | None = None


@dataclass(frozen=True)
class Retry:
    """The pass could not be finished: again after the key's backoff, but not before `not_before` seconds.

    `reason` is for people; `cause` is one of few words, to be counted by.
    """

    reason: str
    not_before: float = 0.0
    cause: str = "Unexpected"


@dataclass(frozen=True)
class Backoff:
    """Doubling delays, in seconds. Each is shortened by up to half at random, so that keys do not retry in step."""

    first: float = 0.25
    longest: float = 300.0
    chance: Callable[[], float] = random.random

    def delay(self, failures: int) -> float:
        """The delay after so many failures in a row, counted from 1."""
        full = min(self.longest, self.first * 2.0 ** min(failures - 1, 60))
        return full * (1.0 - self.chance() / 2)


@dataclass(frozen=True)
class Time:
    """The passing of time, in seconds: how it is read and how it is waited for."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def within(self, seconds: float, event: asyncio.Event) -> None:
        """Until the event, or until so much time has passed."""
        waits = {asyncio.ensure_future(event.wait()), asyncio.ensure_future(self.sleep(seconds))}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


@dataclass
class WorkQueue(Generic[K]):
    """Calls `work(key)` for every key that was added: at most `workers` at a time, never twice at once for one key."""

    work: Callable[[K], Awaitable[Done | Retry]]
    workers: int = 4
    backoff: Backoff = field(default_factory=Backoff)
    time: Time = field(default_factory=Time)

    def __post_init__(self) -> None:
        self._ready: deque[tuple[K, float]] = deque()  # since when
        self._dirty: set[K] = set()  # to be worked on: waiting in _ready, or added while in _running
        self._running: dict[K, float] = {}  # since when
        self._due: dict[K, float] = {}  # to be added at that time
        self._failures: dict[K, int] = {}
        self._barred: dict[K, float] = {}  # not before that time, whatever happens: the server asked for it
        self._changed = asyncio.Event()  # something became due earlier than the timer thinks
        self._available = asyncio.Semaphore(0)  # one permit a key in _ready
        self._moved = self.time.now()  # when a key was last taken out of _ready

    def add(self, key: K) -> None:
        """Work on the key as soon as a worker is free."""
        if self._barred.get(key, 0.0) > self.time.now():
            self.add_after(key, 0.0)
        elif key not in self._dirty:
            self._add_now(key)

    def _add_now(self, key: K) -> None:
        self._due.pop(key, None)  # this pass decides anew when to look again
        self._dirty.add(key)
        if key not in self._running:
            self._enqueue(key)

    def add_after(self, key: K, seconds: float) -> None:
        """Work on the key after so many seconds, or earlier if it is already due earlier."""
        due = max(self.time.now() + seconds, self._barred.get(key, 0.0))
        if key in self._dirty or self._due.get(key, float("inf")) <= due:
            return
        self._due[key] = due
        self._changed.set()

    def longest_pass(self) -> float:
        """For how many seconds the oldest of the passes under way has been running."""
        return max((self.time.now() - since for since in self._running.values()), default=0.0)

    def depth(self) -> int:
        """How many keys wait for a worker."""
        return len(self._ready)

    def oldest(self) -> float:
        """For how many seconds the first in the line has been waiting."""
        return self.time.now() - self._ready[0][1] if self._ready else 0.0

    def standstill(self) -> float:
        """For how many seconds keys have been waiting and no worker has taken one."""
        return self.time.now() - max(self._ready[0][1], self._moved) if self._ready else 0.0

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._timer())
            for _ in range(self.workers):
                group.create_task(self._worker())

    def _enqueue(self, key: K) -> None:
        self._ready.append((key, self.time.now()))
        self._available.release()

    async def _worker(self) -> None:
        while True:
            await self._available.acquire()
            key, _ = self._ready.popleft()
            self._moved = self.time.now()
            await self._pass(key)

    async def _pass(self, key: K) -> None:
        self._dirty.discard(key)
        self._running[key] = self.time.now()
        try:
            outcome = await self._outcome(key)
        finally:
            del self._running[key]
        self._settle(key, outcome)

    async def _outcome(self, key: K) -> Done | Retry:
        try:
            return await self.work(key)
        except Exception as error:  # the outermost edge: a bug in one key's pass must not stop the others
            log.exception("unexpected error", extra={"key": str(key)})
            return Retry(f"unexpected {type(error).__name__}: {error}")

    def _settle(self, key: K, outcome: Done | Retry) -> None:
        """Remember or forget the key's failures, and see to it that it comes back when it must."""
        if isinstance(outcome, Done):
            self._failures.pop(key, None)
            self._barred.pop(key, None)
            later = outcome.again
        else:
            failures = self._failures[key] = self._failures.get(key, 0) + 1
            later = max(outcome.not_before, self.backoff.delay(failures))
            self._bar(key, outcome.not_before)
            log.warning("%s: %s; again in %.1f s (failure %d)", key, outcome.reason, later, failures)
        if key in self._dirty:
            self._dirty.discard(key)
            self.add(key)
        elif later is not None:
            self.add_after(key, later)

    def _bar(self, key: K, seconds: float) -> None:
        """From now on, and also if during its pass it was to be worked on again sooner."""
        self._barred[key] = self.time.now() + seconds
        if key in self._due:
            self._due[key] = max(self._due[key], self._barred[key])

    async def _timer(self) -> None:
        """Move keys that are due to the ready ones."""
        while True:
            self._changed.clear()
            now = self.time.now()
            for key in [key for key, due in self._due.items() if due <= now]:
                self._add_now(key)
            await self._until_next(now)

    async def _until_next(self, now: float) -> None:
        """Sleep until the next key is due, or until another becomes due earlier."""
        wake = asyncio.ensure_future(self._changed.wait())
        naps = {asyncio.ensure_future(self.time.sleep(min(self._due.values()) - now))} if self._due else set()
        try:
            await asyncio.wait({wake, *naps}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiting in (wake, *naps):
                waiting.cancel()
