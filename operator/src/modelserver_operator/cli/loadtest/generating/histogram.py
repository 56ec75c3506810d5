"""Very many durations in a few kilobytes: buckets whose bounds grow by a factor, so that the error is relative.

The idea is that of HdrHistogram (Gil Tene); here a logarithm finds the bucket, which is short and quick enough.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

GROWTH = 1.005  # from a bucket to the next: a value is told within 0.25 %
PER_LOG = 1 / math.log(GROWTH)
SMALLEST = 1e-6  # seconds; what is shorter counts as 0


class Histogram:
    """Durations in seconds, counted. A bucket exists once something is in it."""

    __slots__ = ("_buckets", "count", "longest", "total")

    def __init__(self, values: Iterable[float] = ()) -> None:
        self._buckets: dict[int, int] = {}
        self.count = 0
        self.total = 0.0
        self.longest = 0.0
        for value in values:
            self.add(value)

    def add(self, seconds: float) -> None:
        """Count one."""
        bucket = int(math.log(seconds / SMALLEST) * PER_LOG) if seconds >= SMALLEST else -1
        self._buckets[bucket] = self._buckets.get(bucket, 0) + 1
        self.count += 1
        self.total += seconds
        self.longest = max(self.longest, seconds)

    @property
    def mean(self) -> float:
        """The average, exactly; nan where nothing was counted."""
        return self.total / self.count if self.count else math.nan

    def percentile(self, percent: float) -> float:
        """The nearest-rank percentile within 0.25 %; nan where nothing was counted."""
        place, seen = rank(self.count, percent), 0
        for bucket, number in sorted(self._buckets.items()):
            seen += number
            if seen >= place:
                return min(_middle(bucket), self.longest)
        return math.nan

    def __add__(self, other: Histogram) -> Histogram:
        both = Histogram()
        both._buckets = dict(Counter(self._buckets) + Counter(other._buckets))
        both.count, both.total = self.count + other.count, self.total + other.total
        both.longest = max(self.longest, other.longest)
        return both


def rank(number: int, percent: float) -> int:
    """Which of so many values, from 1 on in ascending order, is the nearest-rank percentile."""
    return max(1, math.ceil(number * percent / 100))


def _middle(bucket: int) -> float:
    return SMALLEST * GROWTH ** (bucket + 0.5) if bucket >= 0 else 0.0
