"""When a run at too large a rate can be ended: its line only grows, or its objectives cannot be met any more. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

from modelserver_operator.cli.loadtest.generating.recorded import Progress
from modelserver_operator.cli.loadtest.wanted.claims import Claim

GROWING = 0.2  # of what came in the second half of the time so far has stayed
LEAST_GROWTH = 10  # requests: fewer are chance
TIMES_AN_ANSWER = 3  # a line fills for as long as the first answers take; only then it can be said to grow


class Overload:
    """Looks at the progress of one run. planned: requests that are to be measured in all of it.

    What a server does in the warm-up says nothing of it: many stand still for a while at their first requests.
    """

    def __init__(self, objectives: Sequence[Claim], planned: float) -> None:
        self._limits = [(each.bound, _may_miss(each) * planned) for each in objectives if _is_whole(each)]
        self._seen: list[Progress] = []  # since the warm-up
        self._quickest = math.inf

    def told(self, progress: Progress) -> str:
        """Why the run can be ended; empty where it cannot."""
        if progress.warming_up:
            return ""
        self._seen.append(progress)
        if not math.isnan(progress.whole.p50):
            self._quickest = min(self._quickest, progress.whole.p50)
        if self.grows:
            return "the line only grew"
        if any(self._older_than(bound) > most for bound, most in self._limits):
            return "too many answers took too long already"
        return ""

    @property
    def grows(self) -> bool:
        """Whether more and more requests are open."""
        first, now = self._seen[0], self._seen[-1]
        if now.elapsed - first.elapsed < TIMES_AN_ANSWER * self._quickest:
            return False
        half = self._at((first.elapsed + now.elapsed) / 2) or first
        return now.in_flight - half.in_flight >= max(LEAST_GROWTH, GROWING * (now.begun - half.begun))

    def _older_than(self, seconds: float) -> int:
        """How many requests are open that began longer ago, but after the warm-up; at least, for everything that has
        ended since is taken for one of them."""
        first, now = self._seen[0], self._seen[-1]
        then = self._at(now.elapsed - seconds)
        return (then.begun - first.begun) - (now.ended - first.ended) if then else 0

    def _at(self, elapsed: float) -> Progress | None:
        """The last look until then."""
        return next((each for each in reversed(self._seen) if each.elapsed <= elapsed), None)


def _is_whole(claim: Claim) -> bool:
    """Whether an open request that is older than the bound misses it; of one scenario that cannot be told here."""
    return claim.metric == "e2e" and claim.is_upper and not claim.scenario and claim.statistic.startswith("p")


def _may_miss(claim: Claim) -> float:
    return 1 - float(claim.statistic[1:]) / 100
