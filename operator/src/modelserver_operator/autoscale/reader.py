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


class Asks(Protocol):
    """Asks one pod."""

    def ask(self, pod: Asked, *, doubted: bool, keep: bool, part: str) -> Awaitable[Document | Mute]:
        """This part of its /stats, or the whole; raises nothing. doubted: it was silent when it was last asked.
        keep: the connection."""
        ...


@dataclass(eq=False)
class Reader:
    """Asks the pod every PERIOD_SECONDS, at `phase` in that time, at once at first; one question is open at a time.

    keep: whether the connection is kept for the next question. new: whether the pod became Ready only now.
    """

    pod: Pod
    asks: Asks
    phase: float
    keep: bool
    time: Time
    new: bool = False

    def __post_init__(self) -> None:
        self.was_ready = False
        self._last: int | None = None
        self._at = -math.inf
        self._silence: Mute | None = None
        self._may_answer = asyncio.Event()
        self.sees(self.pod, keep=self.keep)

    def sees(self, pod: Pod, *, keep: bool) -> None:
        """The pod is like this now."""
        self.pod, self.keep = pod, keep
        self.was_ready = self.was_ready or pod.was_ready
        if pod.may_answer:
            self._may_answer.set()

    def reading(self) -> Reading:
        """What is known of the pod at this moment."""
        return Reading(
            pod=self.pod.name,
            ready=self.pod.ready,
            was_ready=self.was_ready,
            new=self.new and self._last is None and self._silence is None,
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
        heard = await self.asks.ask(self.pod.asked, doubted=self._silence is not None, keep=self.keep, part=PART)
        said = heard if isinstance(heard, Mute) else unfinished(heard)
        if isinstance(said, Mute):
            self._silence = self._silence or said  # silent in many ways in turn, it would be news for ever
        else:
            self._last, self._at, self._silence = said, self.time.now(), None

    def _until_next(self) -> float:
        """Seconds; where there are next to none, the next but one: a sleep may be a moment too short."""
        left = PERIOD_SECONDS - (self.time.now() - self.phase) % PERIOD_SECONDS
        return left if left > PERIOD_SECONDS / 20 else left + PERIOD_SECONDS
