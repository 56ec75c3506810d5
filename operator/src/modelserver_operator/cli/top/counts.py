"""What was counted between looks: differences that a restart does not break, sums over pods. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from modelserver_operator.cli.top.scrape import Counts, Scrape, Series


def grown(before: Scrape, now: Scrape) -> dict[Series, float]:
    """What was counted from one scrape of a pod to the next.

    A process that has begun anew, which its start says, or a count that is lower than before, counts from zero. What
    was counted between the first scrape and the restart is lost.
    """
    earlier = {} if before.started != now.started else before.counts
    return {series: _grown(earlier.get(series, 0.0), value) for series, value in now.counts.items()}


def _grown(before: float, now: float) -> float:
    return now - before if now >= before else now


def added(parts: Iterable[Counts]) -> dict[Series, float]:
    """The sum, series by series."""
    total: dict[Series, float] = {}
    for part in parts:
        for series, value in part.items():
            total[series] = total.get(series, 0.0) + value
    return total


@dataclass(frozen=True)
class Growth:
    """What was counted in so many seconds."""

    seconds: float = 0.0
    counts: Mapping[Series, float] = field(default_factory=dict)

    def total(self, name: str, *labels: str | None) -> float:
        """Of a metric's series with these labels; None, and what is left out, is any."""
        return sum(value for series, value in self.counts.items() if _fits(series, name, labels))

    def by(self, name: str, label: int, *labels: str | None) -> dict[str, float]:
        """The same by the value of one label, the most first; labels are numbered from 0."""
        found: dict[str, float] = {}
        for series, value in self.counts.items():
            if _fits(series, name, labels) and value > 0:
                found[series[1 + label]] = found.get(series[1 + label], 0.0) + value
        return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))

    def rate(self, name: str, *labels: str | None) -> float | None:
        """A second; None where nothing was measured yet."""
        return self.total(name, *labels) / self.seconds if self.seconds > 0 else None


def _fits(series: Series, name: str, labels: tuple[str | None, ...]) -> bool:
    if series[0] != name:
        return False
    return all(wanted in (None, has) for wanted, has in zip(labels, series[1:], strict=False))


def together(growths: Iterable[Growth]) -> Growth:
    """Of several pods: the counts are added, and the time is that of the pod that was looked at longest."""
    parts = list(growths)
    return Growth(max((each.seconds for each in parts), default=0.0), added(each.counts for each in parts))
