"""Which rate is tried next, on the way to the largest one that meets the objectives. Pure.

Doubled until it is too much, then the middle between what was met and what was not, until both are near. A rate that
was not met is tried once more, for a server may stutter once, and many requests come at once by chance; the one that is
told in the end was met twice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

DOWN = 8  # halvings below the first rate, before a server is said to meet the objectives at none
TIMES = 2  # a rate is tried before it is said to be met, in the end, or not to be


@dataclass
class Search:
    """Rates are requests a second. most: no larger one is tried. near: how many times as much may be too much. least:
    no smaller one is tried, for its runs would ask too little to say anything."""

    first: float
    most: float
    near: float
    least: float = 0.0
    met: dict[float, int] = field(default_factory=dict)  # how often
    missed: dict[float, int] = field(default_factory=dict)
    _lost: set[float] = field(default_factory=set)

    def tell(self, rate: float, *, met: bool) -> None:
        """What came of a run."""
        counted = self.met if met else self.missed
        counted[rate] = counted.get(rate, 0) + 1
        if not met and self.missed[rate] >= TIMES:
            self._lost.add(rate)

    @property
    def best(self) -> float | None:
        """The largest rate that was met, and not lost by a later run."""
        return max((rate for rate in self.met if all(rate < lost for lost in self._lost)), default=None)

    @property
    def too_much(self) -> float | None:
        """The smallest rate that was not met."""
        return min(self._lost, default=None)

    def next(self) -> float | None:
        """The rate to try; None where nothing is left to be found out."""
        open_ones = [rate for rate in self.missed if rate not in self._lost and not self._is_settled(rate)]
        if open_ones:
            return open_ones[0]
        if self.best is None:
            return self._down()
        if self.too_much is None:
            return min(self.best * 2, self.most) if self.best < self.most else self._again(self.best)
        if self.too_much / self.best > self.near:
            return _rounded(math.sqrt(self.best * self.too_much))
        return self._again(self.best)

    def _is_settled(self, rate: float) -> bool:
        """Whether what was not met once was met as often as it takes, or does not matter any more."""
        beyond = self.too_much is not None and rate >= self.too_much
        return beyond or self.met.get(rate, 0) >= TIMES

    def _again(self, rate: float) -> float | None:
        return rate if self.met[rate] < TIMES else None

    def _down(self) -> float | None:
        lost = self.too_much
        if lost is None:
            return self.first
        return lost / 2 if lost / 2 >= max(self.least, self.first / 2**DOWN) else None

    @property
    def steps_between(self) -> int:
        """How many middles lie between a rate that is met and its double."""
        return math.ceil(math.log2(math.log(2) / math.log(self.near)))


def _rounded(rate: float) -> float:
    """To three digits: more are of no use to anybody, and rates are told."""
    return float(f"{rate:.3g}")
