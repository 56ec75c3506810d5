"""What is remembered of the pods that are looked at: what each counted lately, and how its figures went. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from modelserver_operator.cli.top.counts import Growth, added, grown, together
from modelserver_operator.cli.top.look import Look, Pod, PodKey
from modelserver_operator.cli.top.scrape import Counts, Scrape

WINDOW_SECONDS = 60.0  # of rates and percentiles: a few seconds have too few requests for a 95th percentile
DRAWN = 120  # looks in a sparkline


@dataclass(frozen=True)
class _Since:
    """One look at a pod: when, and what it had counted since the one before."""

    at: float
    counts: Counts


@dataclass
class Watched:
    """One pod. The counts of the looks within the window are kept added up, for there may be hundreds of pods."""

    scrape: Scrape
    at: float
    _since: deque[_Since] = field(default_factory=deque)
    _sum: dict[tuple[str, ...], float] = field(default_factory=dict)
    _begun: float = 0.0

    def __post_init__(self) -> None:
        self._begun = self.at

    def seen(self, scrape: Scrape, at: float) -> None:
        """Take the next look; at: seconds of any clock that never goes back."""
        self._since.append(_Since(at, grown(self.scrape, scrape)))
        self._sum = added((self._sum, self._since[-1].counts))
        self.scrape, self.at = scrape, at
        while self._since and self._since[0].at <= at - WINDOW_SECONDS:
            self._forget(self._since.popleft())

    def _forget(self, past: _Since) -> None:
        self._begun = past.at
        for series, value in past.counts.items():
            self._sum[series] -= value

    @property
    def growth(self) -> Growth:
        """What it counted in the window, or since it was first seen."""
        return Growth(self.at - self._begun, dict(self._sum))

    @property
    def latest(self) -> Growth:
        """What it counted between the last two looks."""
        if not self._since:
            return Growth()
        before = self._since[-2].at if len(self._since) > 1 else self._begun
        return Growth(self.at - before, self._since[-1].counts)


@dataclass
class Trace:
    """How a server's figures went, the newest last."""

    running: deque[float] = field(default_factory=lambda: deque(maxlen=DRAWN))
    tokens: deque[float] = field(default_factory=lambda: deque(maxlen=DRAWN))


class Memory:
    """All pods and servers that the last look has shown; what it shows no more is forgotten."""

    def __init__(self) -> None:
        self._pods: dict[PodKey, Watched] = {}
        self.traces: dict[tuple[str, str], Trace] = {}

    def take(self, look: Look) -> None:
        """Remember a look. A pod that was silent in it keeps what it had: its next answer says what has come since."""
        for pod in look.pods:
            if pod.scrape:
                self._seen(pod, pod.scrape)
        there = {pod.key for pod in look.pods}
        self._pods = {key: watched for key, watched in self._pods.items() if key in there}
        self.traces = {server: self.traces.get(server, Trace()) for server in look.servers}

    def _seen(self, pod: Pod, scrape: Scrape) -> None:
        if pod.key in self._pods:
            self._pods[pod.key].seen(scrape, pod.at)
        else:
            self._pods[pod.key] = Watched(scrape, pod.at)

    def growth(self, pods: Iterable[Pod]) -> Growth:
        """What these pods counted together in the window."""
        return together(self._pods[pod.key].growth for pod in pods if pod.key in self._pods)

    def latest(self, pods: Iterable[Pod]) -> Growth:
        """What they counted since the look before."""
        return together(self._pods[pod.key].latest for pod in pods if pod.key in self._pods)
