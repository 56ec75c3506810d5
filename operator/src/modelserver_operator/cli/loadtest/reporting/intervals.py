"""How far figures of a run are chance: intervals that hold the figure of 95 in 100 such runs.

Requests that come one after another wait in the same line, so they are no independent samples. Percentiles and means of
times therefore get theirs from a block bootstrap (Künsch 1989): the measured time is cut into slices, and slices, not
requests, are drawn anew. Rates get theirs from how the slices differ. Shares get Wilson's score interval (1927), and a
difference of two figures gets its own from theirs (Zou and Donner 2008, "MOVER"), without the samples.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import accumulate

Interval = tuple[float, float]

Z = 1.96  # of the normal distribution's middle 95 %
DRAWS = 200
LEAST_SAMPLES = 20  # fewer say nothing of a tail
LEAST_SLICES = 5
# Samples are told apart at these shares only: a draw then costs some hundreds of additions, whatever their number.
MARKS = (
    *(n / 200 for n in range(1, 180)),
    *(n / 1000 for n in range(900, 990)),
    *(n / 5000 for n in range(4950, 5001)),
)


def wilson(part: int, whole: int) -> Interval | None:
    """Of a share; None of nothing."""
    if not whole:
        return None
    share, spread = part / whole, Z * Z / whole
    middle = (share + spread / 2) / (1 + spread)
    half = Z / (1 + spread) * math.sqrt(share * (1 - share) / whole + spread / (4 * whole))
    return max(0.0, middle - half), min(1.0, middle + half)


def of_rate(rates: Sequence[float]) -> Interval | None:
    """Of a mean rate, by the slices' own; None where there are too few of them."""
    if len(rates) < LEAST_SLICES:
        return None
    mean = sum(rates) / len(rates)
    variance = sum((rate - mean) ** 2 for rate in rates) / (len(rates) - 1)
    half = Z * math.sqrt(variance / len(rates))
    return max(0.0, mean - half), mean + half


def difference(old: tuple[float, Interval], new: tuple[float, Interval]) -> Interval:
    """Of new - old, of two figures with their intervals; it is no more than chance where 0 lies within."""
    (was, (was_low, was_high)), (now, (low, high)) = old, new
    change = now - was
    return change - math.hypot(now - low, was_high - was), change + math.hypot(high - now, was - was_low)


def of_times(slices: Sequence[Sequence[float]], percents: Sequence[float]) -> list[Interval] | None:
    """Of the mean and of each percentile of what all slices hold; None where there is too little."""
    ordered = sorted(value for each in slices for value in each)
    if len(ordered) < LEAST_SAMPLES or sum(bool(each) for each in slices) < LEAST_SLICES:
        return None
    bounds = sorted({ordered[math.ceil(mark * len(ordered)) - 1] for mark in MARKS})
    counts, sums = [_counted(each, bounds) for each in slices], [sum(each) for each in slices]
    drawn = [_drawn(counts, sums, bounds, percents, random.Random(draw)) for draw in range(DRAWS)]
    return [_middle(sorted(each)) for each in zip(*filter(None, drawn), strict=True)]


def of_percentile(percent: float, number: int, at: Callable[[float], float]) -> Interval | None:
    """By the ranks that a percentile of `number` independent samples may have; None where there are too few of them to
    say where it ends.

    at: the value at a percentile."""
    if number < LEAST_SAMPLES:
        return None
    half = Z * math.sqrt(percent * (100 - percent) / number)
    low, high = percent - half, percent + half
    return (at(low), at(high)) if low > 0 and high < 100 else None


def _counted(values: Sequence[float], bounds: Sequence[float]) -> list[int]:
    """How many values lie up to each bound and above the one before."""
    counts = [0] * len(bounds)
    for value in values:
        counts[bisect_left(bounds, value)] += 1
    return counts


def _drawn(
    counts: Sequence[Sequence[int]],
    sums: Sequence[float],
    bounds: Sequence[float],
    percents: Sequence[float],
    dice: random.Random,
) -> list[float] | None:
    """Mean and percentiles of as many slices as there are, drawn with replacement; None of a draw of empty ones."""
    chosen = dice.choices(range(len(counts)), k=len(counts))
    up_to = list(accumulate(map(sum, zip(*(counts[index] for index in chosen), strict=True))))
    number = up_to[-1]
    if not number:
        return None
    ranks = (max(1, math.ceil(number * percent / 100)) for percent in percents)
    return [sum(sums[index] for index in chosen) / number, *(bounds[bisect_left(up_to, rank)] for rank in ranks)]


def _middle(ordered: Sequence[float]) -> Interval:
    """The middle 95 % of them."""
    cut = int(len(ordered) * 0.025)
    return ordered[cut], ordered[-1 - cut]
