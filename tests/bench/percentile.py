"""The percentile of every benchmark."""

from collections.abc import Sequence


def percentile(samples: Sequence[float], percent: int) -> float:
    """The nearest-rank percentile."""
    ordered = sorted(samples)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
