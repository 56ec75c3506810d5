"""Readers at work, with a clock that is turned by hand, and pods that say what a test wants."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.clock import VirtualClock

from modelserver_operator.autoscale.readers import Name, Readers
from modelserver_operator.autoscale.seen import Pod, Server
from modelserver_operator.status import Asked, Document, Mute
from modelserver_operator.status.load import Load
from modelserver_operator.workqueue import Time

TARGET = 10
DEMO: Name = ("ns", "demo")
SILENT = Mute("it does not answer")
WALL = 1_000_000.0  # what the clock on the wall shows when the clock has begun


def pod(uid: str, server: Name = DEMO, **more: Any) -> Pod:
    """One that is Ready."""
    ready = more.get("ready", True)
    known: dict[str, Any] = {"ready": ready, "was_ready": ready, "terminating": False}
    known |= {"over": False, "is_made": True}
    return Pod(server=server, name=f"pod-{uid}", **{"asked": Asked(uid, "10.0.0.1:9000")} | known | more)


@dataclass
class Pods:
    """How many requests each pod has, or why it says nothing; and when who was asked."""

    clock: VirtualClock
    say: dict[str, int | Mute]
    asked: list[tuple[float, str]] = field(default_factory=list)
    doubted: dict[str, bool] = field(default_factory=dict)  # at the last question
    kept: set[str] = field(default_factory=set)
    takes: dict[str, float] = field(default_factory=dict)  # seconds

    async def ask(self, pod: Asked, *, doubted: bool, keep: bool, part: str) -> Document | Mute:
        assert part == "requests"
        self.asked.append((self.clock.now, pod.uid))
        self.doubted[pod.uid] = doubted
        (self.kept.add if keep else self.kept.discard)(pod.uid)
        if seconds := self.takes.get(pod.uid):
            await self.clock.time().sleep(seconds)
        said = self.say.get(pod.uid, SILENT)
        return said if isinstance(said, Mute) else {"requests": {"unfinished": said}}

    def times(self, uid: str) -> list[float]:
        """When it was asked."""
        return [at for at, who in self.asked if who == uid]


@dataclass
class Read:
    """Readers, and the ModelServers that they are told of, each autoscaled."""

    clock: VirtualClock
    pods: Pods
    readers: Readers
    servers: dict[Name, Server] = field(default_factory=lambda: {DEMO: Server(TARGET)})

    async def are(self, *pods: Pod) -> None:
        """These are the pods now, and what follows at once has followed."""
        self.readers.are(self.servers, pods)
        await self.clock.settle()

    def load(self, name: Name = DEMO) -> Load:
        """The load, which must be known of."""
        found = self.readers.load(name)
        assert found is not None
        return found

    def unfinished(self, name: Name = DEMO) -> int | None:
        return self.load(name).unfinished


@asynccontextmanager
async def reading(*, early: float = 0.0, **say: int | Mute) -> AsyncIterator[Read]:
    """Readers that run, and pods that say this. early: by so many seconds all sleep of readers is too short."""
    clock = VirtualClock()
    pods, exact = Pods(clock, say), clock.time()
    time = Time(exact.now, lambda seconds: exact.sleep(max(seconds - early, early)))
    readers = Readers(pods, time, wall=lambda: clock.now - 1000.0 + WALL)
    running = asyncio.create_task(readers.run())
    try:
        yield Read(clock, pods, readers)
        assert not running.done()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
