"""Rounds that ask pods, with a clock that is turned by hand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.clock import VirtualClock

from modelserver_operator.rounds import Rounds
from modelserver_operator.status import Answer, Asked, Document, Mute, Steering, Steers

WANTED, BEFORE = "a" * 64, "b" * 64
GOOD, LATE, SILENT = Steers(WANTED, "1"), Steers(BEFORE, "0"), Mute("it does not answer")
NOBODY: dict[str, Answer] = {}


def pod(uid: str, *, ready: bool = True, **metadata: Any) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": str(ready)}]
    return {"metadata": {"uid": uid, **metadata}, "spec": {"containers": []}, "status": {"conditions": conditions}}


def stats(steers: Steers) -> Document:
    """The /stats of a pod that steers so."""
    return {"emotions": {"enabled": True, "live_sha256": steers.live, "revision": steers.revision}}


@dataclass
class Pods:
    """What each pod says, and who was asked; one that says nothing at all keeps whoever asks waiting."""

    say: dict[str, Answer]
    asked: list[str] = field(default_factory=list)
    doubted: list[bool] = field(default_factory=list)
    hang: set[str] = field(default_factory=set)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, pod: Asked, *, doubted: bool) -> Document | Mute:
        uid = pod.uid
        self.asked.append(uid)
        self.doubted.append(doubted)
        if uid in self.hang:
            await self.released.wait()
        said = self.say.get(uid, GOOD)
        return said if isinstance(said, Mute) else stats(said)

    def answer(self) -> None:
        """Those that hang do it no more."""
        self.released.set()

    def count(self) -> int:
        """How many questions since the last count."""
        count = len(self.asked)
        self.asked.clear()
        return count


@dataclass
class Watched:
    clock: VirtualClock
    pods: Pods
    rounds: Rounds[str]
    woken: list[str]

    async def look(self, key: str, wanted: str | None, pods: list[Any], generation: int = 1) -> Steering | None:
        return await self.rounds.look(key, wanted, pods, generation=generation)


@asynccontextmanager
async def following(**say: Answer) -> AsyncIterator[Watched]:
    """Rounds that run, and pods with these answers."""
    clock, pods, woken = VirtualClock(), Pods(say), list[str]()
    rounds = Rounds[str](pods, woken.append, clock.time(), chance=lambda: 0.5)
    running = asyncio.create_task(rounds.run())
    try:
        yield Watched(clock, pods, rounds, woken)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
