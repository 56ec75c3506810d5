"""From samples to figures."""

import statistics
from collections.abc import Sequence


def percentile(samples: Sequence[float], percent: int) -> float:
    """The nearest-rank percentile."""
    ordered = sorted(samples)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def median_difference(rounds: Sequence[dict[str, float]]) -> float:
    """What the shell adds: the median over the pairs."""
    return statistics.median(each["shell"] - each["bare"] for each in rounds)


def median_ratio(rounds: Sequence[dict[str, float]]) -> float:
    """The shell's share of what goes through bare: the median over the pairs."""
    return statistics.median(each["shell"] / each["bare"] for each in rounds)
