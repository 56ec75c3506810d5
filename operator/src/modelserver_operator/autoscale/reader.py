"""One pod that is asked again and again how many requests it has. Nobody waits for it but itself."""

import asyncio
import math
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol

from modelserver_operator.autoscale.seen import Pod
from modelserver_operator.status import Asked, Document, Mute
from modelserver_operator.status.load import Reading, unfinished
from modelserver_operator.workqueue import Time

PERIOD_SECONDS = 2.0
PART = "requests"  # the rest takes a pod a few milliseconds, in which it hands on no tokens
SLOW_SECONDS = 0.5  # a pod answers within milliseconds


class Asks(Protocol):
    """Asks one pod."""

    def ask(self, pod: Asked, *, doubted: bool, keep: bool, part: str) -> Awaitable[Document | Mute]:
        """This part of its /stats, or the whole; raises nothing. doubted: it was silent or slow when it was last asked.
        keep: the connection."""
        ...


@dataclass
class Reader:
    """Asks the pod every PERIOD_SECONDS, at `phase` in that time, at once at first; one question is open at a time.

    keep: whether the connection is kept for the next question.
    """

    pod: Pod
    asks: Asks
    phase: float
    keep: bool
    time: Time

    def __post_init__(self) -> None:
        self._was_ready = False
        self._last: int | None = None
        self._at = -math.inf
        self._silence: Mute | None = None
        self._doubted = False
        self._may_answer = asyncio.Event()
        self.sees(self.pod, keep=self.keep)

    def sees(self, pod: Pod, *, keep: bool) -> None:
        """The pod is like this now."""
        if pod.ready and not self._was_ready:
            self._silence = None  # of the time when nobody was to be there: it is asked again before it counts
        self.pod, self.keep = pod, keep
        self._was_ready = self._was_ready or pod.ready
        if pod.may_answer:
            self._may_answer.set()

    def reading(self) -> Reading:
        """What is known of the pod at this moment."""
        return Reading(
            pod=self.pod.name,
            ready=self.pod.ready,
            was_ready=self._was_ready,
            terminating=self.pod.terminating,
            last=self._last,
            age=self.time.now() - self._at,
            silence=self._silence,
        )

    async def run(self) -> None:
        """Ask for ever, from when it may answer: the load is not known while a new pod was not asked."""
        await self._may_answer.wait()
        while True:
            await self._ask()
            await self.time.sleep(self._until_next())

    async def _ask(self) -> None:
        began = self.time.now()
        heard = await self.asks.ask(self.pod.asked, doubted=self._doubted, keep=self.keep, part=PART)
        said = heard if isinstance(heard, Mute) else unfinished(heard)
        now = self.time.now()
        if isinstance(said, Mute):
            self._silence = said
        else:
            self._last, self._at, self._silence = said, now, None
        self._doubted = isinstance(said, Mute) or now - began > SLOW_SECONDS

    def _until_next(self) -> float:
        """Seconds; where there are next to none, the next but one: a sleep may be a moment too short."""
        left = PERIOD_SECONDS - (self.time.now() - self.phase) % PERIOD_SECONDS
        return left if left > PERIOD_SECONDS / 20 else left + PERIOD_SECONDS
