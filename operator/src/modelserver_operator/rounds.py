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
from modelserver_operator.status import Answer, Asked, Document, Mute, Steering, answer, answering, asked
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

    async def ask(self, pod: Asked, *, doubted: bool) -> Document | Mute:
        """Its /stats; raises nothing. doubted: it was silent when it was last asked."""
        ...


@dataclass
class _Pod:
    """One pod and what it has said last."""

    asked: Asked
    answer: Answer | None = None
    silences: int | None = None  # in a row; None: it was not asked yet
    open: bool = False  # a question is; there is one at a time, so that no older answer comes after a newer one

    def hear(self, said: Answer) -> bool:
        """Whether that is news. A silence that may be a moment's is not an answer yet, and what was said before holds;
        of one that lasts the first words do, or a pod that is silent in many ways would be news for ever."""
        silent = isinstance(said, Mute)
        self.silences = (self.silences or 0) + 1 if silent else 0
        if 0 < self.silences < BELIEVED or (silent and isinstance(self.answer, Mute)):
            return False
        before, self.answer = self.answer, said
        return said != before

    def is_doubted(self) -> bool:
        """Whether it was silent last."""
        return bool(self.silences)

    def is_silent(self) -> bool:
        """Whether that is an answer: nothing of it is on its way."""
        return (self.silences or 0) >= BELIEVED


@dataclass
class _Followed:
    """One server's pods, by uid, and since which generation they are to have `wanted`. Times as `time` has them."""

    wanted: str
    since: int
    changed: float
    pods: dict[str, _Pod] = field(default_factory=dict)
    due: float = float("inf")  # a pass says when
    rest: float = float("-inf")  # when all are asked next, those that are silent, too
    heard: asyncio.Event = field(default_factory=asyncio.Event)  # all were asked
    awaited: bool = False  # by a pass

    def are(self, pods: Iterable[Asked]) -> None:
        """These are the pods now."""
        before, self.pods = self.pods, {each.uid: _Pod(each) for each in pods}
        for uid in self.pods.keys() & before.keys():
            before[uid].asked, self.pods[uid] = self.pods[uid].asked, before[uid]

    def has_unasked(self) -> bool:
        """Whether one was never asked."""
        return any(pod.silences is None for pod in self.pods.values())

    def steering(self) -> Steering:
        """What they have said last."""
        said = {uid: pod.answer for uid, pod in self.pods.items() if pod.answer}
        return Steering(self.wanted, said, self.since)

    def is_settled(self) -> bool:
        """Whether nothing is on its way. A silence that lasts is a matter for people, who take longer."""
        doubted = any(pod.is_doubted() and not pod.is_silent() for pod in self.pods.values())
        return not doubted and self.steering().is_settled()


@dataclass
class Rounds(Generic[K]):
    """Follows the pods of servers that have vectors; `wake` is called for a server whose pods say something new."""

    pods: Asks
    wake: Callable[[K], None]
    time: Time = field(default_factory=Time)
    chance: Callable[[], float] = random.random
    _followed: dict[K, _Followed] = field(default_factory=dict)
    _stirred: asyncio.Event = field(default_factory=asyncio.Event)  # somebody is due earlier than at the next tick

    async def look(self, key: K, wanted: str | None, pods: Iterable[Manifest], *, generation: int) -> Steering | None:
        """What the ready ones of these pods have said last; those that were not asked yet since `wanted` is wanted are
        asked now, and waited for a moment.

        wanted: the SHA-256 of the live.yaml that they are to have, as this generation says; None where there is nothing
        to be steered.
        """
        if wanted is None:
            self.forget(key)
            return None
        followed = self._followed.get(key)
        if followed is None or followed.wanted != wanted:
            followed = self._followed[key] = _Followed(wanted, generation, self.time.now())
        followed.are(asked(pod) for pod in answering(pods))
        if followed.has_unasked():
            followed.changed = self.time.now()
            await self._first_answers(followed)
        return followed.steering()

    def forget(self, key: K) -> None:
        """The server is gone, or has no vectors any more."""
        self._followed.pop(key, None)

    async def run(self) -> None:
        """Ask whoever is due, for ever; no question waits for another's answer."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._stirred.clear()
                for key, followed in self._due():
                    for pod in self._whom(followed):
                        group.create_task(self._ask(key, followed, pod))
                await self.time.within(TICK_SECONDS, self._stirred)

    def _due(self) -> list[tuple[K, _Followed]]:
        now = self.time.now()
        return [(key, followed) for key, followed in self._followed.items() if followed.due <= now]

    async def _first_answers(self, followed: _Followed) -> None:
        """Wait for them, but not for long: what comes later wakes the server."""
        followed.due = self.time.now()
        followed.heard.clear()
        followed.awaited = True
        self._stirred.set()
        try:
            await self.time.within(PATIENCE_SECONDS, followed.heard)
        finally:
            followed.awaited = False

    def _whom(self, followed: _Followed) -> list[_Pod]:
        """Whom to ask now: in a hurry not those whose silence is believed. The next time is then, unless one of them
        makes it sooner."""
        now = self.time.now()
        everybody = followed.rest <= now
        if everybody:
            followed.rest = now + SELDOM_SECONDS * (0.75 + self.chance() / 2)
        followed.due = followed.rest
        return [pod for pod in followed.pods.values() if not pod.open and (everybody or not pod.is_silent())]

    async def _ask(self, key: K, followed: _Followed, pod: _Pod) -> None:
        pod.open = True
        heard = await self.pods.ask(pod.asked, doubted=pod.is_doubted())
        said = heard if isinstance(heard, Mute) else answer(heard)
        pod.open = False
        is_news = pod.hear(said) and followed.pods.get(pod.asked.uid) is pod
        if is_news and self._followed.get(key) is followed and not followed.awaited:
            self.wake(key)
        if not followed.has_unasked():
            followed.heard.set()
        self._hurry(followed)

    def _hurry(self, followed: _Followed) -> None:
        """Ask again soon, for some time after another thing is wanted or another pod is there: pods whose words alone
        change, be it for ever, are asked seldom."""
        now = self.time.now()
        if not followed.is_settled() and now - followed.changed < HURRY_SECONDS:
            followed.due = min(followed.due, now + OFTEN_SECONDS)
