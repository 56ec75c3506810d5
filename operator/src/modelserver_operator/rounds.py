"""When pods are asked how they steer: at once when something has changed, often while it is on its way, then seldom.

No event tells that a pod has taken over a change, or that it sees other vectors than another pod. A pass over a
ModelServer, which costs a dozen calls to the API server, is made only when a pod says something new.
"""

import asyncio
import random
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from modelserver_operator.cluster import Manifest
from modelserver_operator.status import Answer, Mute, Steering, answering
from modelserver_operator.workqueue import Time

K = TypeVar("K", bound=Hashable)

TICK_SECONDS = 0.5
OFTEN_SECONDS = 1.0
PATIENCE_SECONDS = 0.5  # of a pass, for pods that were not asked before; they answer within milliseconds
SELDOM_SECONDS = 20.0  # give or take a quarter, so that servers are not asked in step
HURRY_SECONDS = 180.0  # a kubelet that was told nothing looks at ConfigMaps about every 90 s
BELIEVED = 3  # silences in a row are an answer


class Asks(Protocol):
    """Asks one pod."""

    async def ask(self, pod: Manifest) -> Answer:
        """Its answer; raises nothing."""
        ...


@dataclass
class _Followed:
    """One server's pods, by uid, and what they have said last. Times as `time` has them."""

    wanted: str
    changed: float
    pods: dict[str, Manifest] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    missed: dict[str, int] = field(default_factory=dict)
    due: float = float("inf")  # a pass says when
    heard: asyncio.Event = field(default_factory=asyncio.Event)  # all were asked
    awaited: int = 0  # passes that wait for that

    def are(self, pods: dict[str, Manifest]) -> None:
        """These are the pods now."""
        self.pods = pods
        for memory in (self.answers, self.missed):
            for gone in memory.keys() - pods.keys():
                del memory[gone]

    def unasked(self) -> set[str]:
        """Those who were never asked."""
        return self.pods.keys() - self.missed.keys()

    def hear(self, uid: str, said: Answer) -> None:
        """A silence that may be a moment's is not an answer yet, and what was said before holds."""
        self.missed[uid] = self.missed.get(uid, 0) + 1 if isinstance(said, Mute) else 0
        if not 0 < self.missed[uid] < BELIEVED:
            self.answers[uid] = said


@dataclass
class Rounds(Generic[K]):
    """Follows the pods of servers that have vectors; `wake` is called for a server whose pods say something new."""

    pods: Asks
    wake: Callable[[K], None]
    time: Time = field(default_factory=Time)
    chance: Callable[[], float] = random.random
    _followed: dict[K, _Followed] = field(default_factory=dict)
    _stirred: asyncio.Event = field(default_factory=asyncio.Event)  # somebody is due earlier than at the next tick

    async def look(self, key: K, wanted: str | None, pods: Iterable[Manifest]) -> Steering | None:
        """What the ready ones of these pods have said last; those that were not asked yet since `wanted` is wanted are
        asked now, and waited for a moment.

        wanted: the SHA-256 of the live.yaml that they are to have; None where there is nothing to be steered.
        """
        if wanted is None:
            self.forget(key)
            return None
        followed = self._followed.get(key)
        if followed is None or followed.wanted != wanted:
            followed = self._followed[key] = _Followed(wanted, self.time.now())
        followed.are({pod["metadata"]["uid"]: pod for pod in answering(pods)})
        if followed.unasked():
            followed.changed = self.time.now()
            await self._first_answers(followed)
        return Steering(wanted, dict(followed.answers))

    def forget(self, key: K) -> None:
        """The server is gone, or has no vectors any more."""
        self._followed.pop(key, None)

    async def run(self) -> None:
        """Ask whoever is due, for ever; a pod that does not answer keeps no other waiting."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._stirred.clear()
                for key, followed in self._due():
                    followed.due = float("inf")
                    group.create_task(self._round(key, followed))
                await self._within(TICK_SECONDS, self._stirred)

    def _due(self) -> list[tuple[K, _Followed]]:
        now = self.time.now()
        return [(key, followed) for key, followed in self._followed.items() if followed.due <= now]

    async def _first_answers(self, followed: _Followed) -> None:
        """Wait for them, but not for long: what comes later wakes the server."""
        followed.due = self.time.now()
        followed.heard.clear()
        followed.awaited += 1
        self._stirred.set()
        try:
            await self._within(PATIENCE_SECONDS, followed.heard)
        finally:
            followed.awaited -= 1

    async def _within(self, seconds: float, event: asyncio.Event) -> None:
        """Until the event, or until so much time has passed."""
        waits = {asyncio.ensure_future(event.wait()), asyncio.ensure_future(self.time.sleep(seconds))}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _round(self, key: K, followed: _Followed) -> None:
        before = dict(followed.answers)
        await self._ask(followed)
        if followed.answers != before:
            followed.changed = self.time.now()
            if self._followed.get(key) is followed and not followed.awaited:
                self.wake(key)
        if not followed.unasked():
            followed.heard.set()
        self._schedule(followed)

    async def _ask(self, followed: _Followed) -> None:
        asked = dict(followed.pods)
        answers = await asyncio.gather(*(self.pods.ask(pod) for pod in asked.values()))
        for uid, said in zip(asked, answers, strict=True):
            if uid in followed.pods:
                followed.hear(uid, said)

    def _schedule(self, followed: _Followed) -> None:
        settled = Steering(followed.wanted, followed.answers).is_settled() and not any(followed.missed.values())
        hurry = not settled and self.time.now() - followed.changed < HURRY_SECONDS
        pause = OFTEN_SECONDS if hurry else SELDOM_SECONDS * (0.75 + self.chance() / 2)
        followed.due = min(followed.due, self.time.now() + pause)  # a pass may want new pods to be asked meanwhile
