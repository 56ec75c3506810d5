"""How much work a ModelServer's pods have together, as far as they say: the number that scales. Pure.

Unknown is not zero, and pending is not load: a pod that fails counts for what it had, or for what one pod should have;
one that was never there counts for nothing; and where no pod says anything there is no sum.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from modelserver_operator.status.answers import Document, Mute

FRESH_SECONDS = 30.0  # for so long an answer is worth something: fifteen questions
MOST = 1_000_000  # requests of one pod; the CRD allows a tenth of it
OTHER_RUNTIME = "its runtime, which the class names, does not say how many requests it has"


@dataclass(frozen=True)
class Load:
    """The sum over the pods at one moment.

    unfinished: requests, running and waiting; None where it is not known, and then `why` goes on a sentence. assumed:
    how many of the pods do not answer and count for what they had last, or for what one pod should have. target: what
    one pod should have. taken: when the oldest answer that counts was given, in seconds since 1970; None without any.
    """

    unfinished: int | None
    target: int
    pods: int = 0
    assumed: int = 0
    taken: float | None = None
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One pod at one moment.

    was_ready: whether it is Ready now or ever was. new: whether it became Ready a moment ago, and has not answered the
    first question since. last, age: the last number that it gave, and how many seconds ago. silence: why it gave none
    when it was last asked; None where it gave one, or was not asked yet.
    """

    pod: str
    ready: bool = False
    was_ready: bool = False
    new: bool = False
    terminating: bool = False
    last: int | None = None
    age: float = math.inf
    silence: Mute | None = None

    @property
    def is_fresh(self) -> bool:
        """Whether its last number is still worth something."""
        return self.last is not None and self.age <= FRESH_SECONDS

    @property
    def is_read(self) -> bool:
        """Whether it answers."""
        return self.is_fresh and self.silence is None

    @property
    def is_told(self) -> bool:
        """Whether its last number counts as it stands. One that ends may answer no more, and what it had ends, too; one
        that loads its model may be silent for long, and nobody has sent it anything."""
        return self.is_read or (self.is_fresh and (self.terminating or not self.was_ready))

    @property
    def is_assumed(self) -> bool:
        """Whether it is to be taken for a pod at work, although it does not answer."""
        serves = self.ready or (self.was_ready and self.is_fresh)
        return serves and not self.is_told and not self.terminating and not self.new

    @property
    def is_awaited(self) -> bool:
        """Whether it serves, as far as is known, and was not asked yet. One that is new has next to nothing to do."""
        return self.ready and self.last is None and self.silence is None and not self.new

    @property
    def is_missed(self) -> bool:
        """Whether it has no answer and should have one: it serves, or did, and nobody has ended it."""
        should_answer = self.was_ready or bool(self.last)
        return should_answer and not self.is_read and not self.terminating and not self.new


def unfinished(stats: Document) -> int | Mute:
    """How many requests a pod has, running and waiting, as its /stats says."""
    told = stats.get("requests")
    number = told.get("unfinished") if isinstance(told, Mapping) else None
    if isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= MOST:
        return number
    return Mute(OTHER_RUNTIME)


def summed(pods: Sequence[Reading], target: int, now: float) -> Load:
    """The load of these pods, those that are over left out; `now` in seconds since 1970."""
    if why := _unknown(pods):
        return Load(None, target, pods=len(pods), why=why)
    return Load(
        sum(_count(pod, target) for pod in pods),
        target,
        pods=len(pods),
        assumed=sum(pod.is_assumed for pod in pods),
        taken=min((now - pod.age for pod in pods if pod.is_told), default=None),
    )


def _count(pod: Reading, target: int) -> int:
    """How many requests the pod counts for."""
    last = pod.last or 0
    if pod.is_assumed:
        return max(last, target)
    return last if pod.is_told else 0


def _unknown(pods: Sequence[Reading]) -> str:
    """Why there is no sum; empty where there is one."""
    if awaited := next((pod for pod in pods if pod.is_awaited), None):
        return f"pod {awaited.pod} was not asked yet"
    missed = [pod for pod in pods if pod.is_missed]
    if not missed or any(pod.is_read for pod in pods):
        return ""
    first, why = missed[0].pod, missed[0].silence.why if missed[0].silence else "it was not asked for long"
    if len(missed) == 1:
        return f"pod {first} does not say how many requests it has: {why}"
    return f"none of {len(missed)} pods says how many requests it has; pod {first}: {why}"
