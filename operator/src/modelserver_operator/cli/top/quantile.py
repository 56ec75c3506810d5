"""Percentiles of a histogram's buckets, as Prometheus' histogram_quantile gives them. Pure."""

from __future__ import annotations

import math
from itertools import pairwise

from modelserver_operator.cli.top.counts import Growth

P50, P95 = 0.5, 0.95


def quantile(share: float, growth: Growth, name: str, model: str | None = None) -> float | None:
    """In seconds; None where nothing was measured. name: of the metric, with its _bucket; model: None: of all."""
    buckets: dict[float, float] = {}
    for series, count in growth.counts.items():
        if series[0] == name and model in (None, series[1]):
            bound = float(series[2])
            buckets[bound] = buckets.get(bound, 0.0) + count
    return of_buckets(share, buckets)


def of_buckets(share: float, buckets: dict[float, float]) -> float | None:
    """buckets: how many were at most so long, by the bound in seconds, the last of which is infinity.

    Within a bucket values are taken to lie evenly, from 0 in the first; of one beyond the highest bound that bound is
    all that is known. Where pods have other bounds than each other, a lower bound's count holds for a higher one too.
    """
    points = _rising(buckets)
    if not points or points[-1][1] <= 0:
        return None
    rank = share * points[-1][1]
    for (low, below), (high, within) in pairwise([(0.0, 0.0), *points]):
        if within >= rank and within > below:
            return low if math.isinf(high) else low + (high - low) * (rank - below) / (within - below)
    return None


def _rising(buckets: dict[float, float]) -> list[tuple[float, float]]:
    """By bound; no count is lower than one before it."""
    points: list[tuple[float, float]] = []
    for bound, count in sorted(buckets.items()):
        points.append((bound, max(count, points[-1][1] if points else 0.0)))
    return points
