"""The median of paired ratios with an interval that needs no assumption about how they are spread."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Median:
    """A median, and the two samples between which the true one lies with at least CONFIDENCE."""

    value: float
    low: float
    high: float


def median(samples: Sequence[float]) -> Median:
    """Of at least six samples: fewer have no such interval.

    The interval is the sign test's: how many samples lie below the true median is binomial with one half.
    """
    ordered, count = sorted(samples), len(samples)
    outside = _outside(count)
    middle = (ordered[(count - 1) // 2] + ordered[count // 2]) / 2
    return Median(middle, ordered[outside], ordered[-1 - outside])


def _outside(count: int) -> int:
    """How many samples may be left out on each side."""
    tail, outside = 0.0, -1
    while tail + math.comb(count, outside + 1) / 2**count <= (1 - CONFIDENCE) / 2:
        outside += 1
        tail += math.comb(count, outside) / 2**count
    if outside < 0:
        raise ValueError(f"{count} samples are too few for an interval of {CONFIDENCE:.0%}")
    return outside
