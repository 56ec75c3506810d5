"""What is shown of a server, of one of its pods, or of one served name: figures of what they counted. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modelserver_operator.cli.top.counts import Growth
from modelserver_operator.cli.top.quantile import P50, P95, quantile
from modelserver_operator.cli.top.scrape import (
    E2E,
    EMOTIONS,
    ENGINE_TOKENS,
    MISSED,
    REFUSED,
    REQUESTS,
    RETUNES,
    TOKENS,
    TTFT,
)

FAILED = "failed"  # the outcome of requests that ended with a status of 500 and above
NONE = "none"  # the emotion of requests that nothing steers


@dataclass(frozen=True)
class Latency:
    """Percentiles in seconds; None where nothing was measured."""

    p50: float | None
    p95: float | None


@dataclass(frozen=True)
class Figures:
    """Of one or several pods. running, waiting: now; None where no pod says. model: None, or one served name alone."""

    growth: Growth
    running: int | None = None
    waiting: int | None = None
    model: str | None = None

    @property
    def requests(self) -> float | None:
        """A second, those that have ended, however."""
        return self.growth.rate(REQUESTS, self.model)

    @property
    def tokens(self) -> float | None:
        """A second, generated: by the engine's own count where it has one and no served name is asked for."""
        if self.model is None and (ENGINE_TOKENS,) in self.growth.counts:
            return self.growth.rate(ENGINE_TOKENS)
        return self.growth.rate(TOKENS, self.model)

    @property
    def ttft(self) -> Latency:
        """Of streams: to the first token."""
        return self._latency(TTFT)

    @property
    def e2e(self) -> Latency:
        """To the end of the answer."""
        return self._latency(E2E)

    def _latency(self, name: str) -> Latency:
        return Latency(*(quantile(share, self.growth, name, self.model) for share in (P50, P95)))

    @property
    def refused(self) -> Mapping[str, float]:
        """How many, by reason, the most first."""
        return self.growth.by(REFUSED, 0)

    @property
    def missed(self) -> Mapping[str, float]:
        """Deadlines, by where the request was."""
        return self.growth.by(MISSED, 0)

    @property
    def errors(self) -> float:
        """How many requests ended with a status of 500 and above."""
        return self.growth.total(REQUESTS, self.model, FAILED)

    @property
    def outcomes(self) -> Mapping[str, float]:
        """How many requests ended how."""
        return self.growth.by(REQUESTS, 1, self.model)

    @property
    def emotions(self) -> Mapping[str, float]:
        """How many requests each steered; `none` are those that nothing steers."""
        return self.growth.by(EMOTIONS, 0)

    @property
    def steered(self) -> list[str]:
        """The emotions in use, the most used first."""
        return [emotion for emotion in self.emotions if emotion != NONE]

    @property
    def retunes(self) -> float:
        """Live parts that were put in force."""
        return self.growth.total(RETUNES)

    def by_name(self) -> dict[str, Figures]:
        """The same for each served name that had requests, the most asked first."""
        return {model: Figures(self.growth, model=model) for model in self.growth.by(REQUESTS, 0)}
