"""From samples to figures."""

import statistics
from collections.abc import Sequence


def median_difference(rounds: Sequence[dict[str, float]]) -> float:
    """What the shell adds: the median over the pairs."""
    return statistics.median(each["shell"] - each["bare"] for each in rounds)


def median_ratio(rounds: Sequence[dict[str, float]]) -> float:
    """The shell's share of what goes through bare: the median over the pairs."""
    return statistics.median(each["shell"] / each["bare"] for each in rounds)
