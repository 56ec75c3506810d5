"""Runs as the generator would have recorded them, made up by tests: what they come to can be reckoned by hand."""

from __future__ import annotations

from math import nan

from modelserver_operator.cli.loadtest.generating.histogram import Histogram
from modelserver_operator.cli.loadtest.generating.recorded import Cost, Outcome, Recorded, Samples, Spread

QUICK = Spread(0.001, 0.002, 0.003, 0.004)


class Recording:
    """A run of `seconds` without a warm-up, of scenarios that requests name."""

    def __init__(self, seconds: float = 10.0, *scenarios: str) -> None:
        self._seconds, self._scenarios = seconds, scenarios or ("short",)
        self._samples, self._kinds = Samples(), [""]
        self._gaps = [Histogram() for _ in self._scenarios]

    def answered(
        self, due: float, e2e: float, *, ttft: float | None = None, tokens: int = 10, scenario: str | None = None
    ) -> None:
        """A request that was answered, in even steps from its first token to its end."""
        first = nan if ttft is None else due + ttft
        place = self._add(Outcome.ANSWERED, "", due, due + e2e, scenario)
        self._samples.first_token[-1], self._samples.last_token[-1] = first, due + e2e if ttft is not None else nan
        self._samples.events[-1] = self._samples.tokens_out[-1] = tokens
        if ttft is not None:
            for _ in range(tokens - 1):
                self._gaps[place].add((e2e - ttft) / (tokens - 1))

    def not_answered(
        self, outcome: Outcome, kind: str, due: float, *, retry_after: float = nan, scenario: str | None = None
    ) -> None:
        """A request that came to something else, a hundredth of a second later."""
        self._add(outcome, kind, due, due + 0.01, scenario)
        self._samples.retry_after[-1] = retry_after

    def _add(self, outcome: Outcome, kind: str, due: float, end: float, scenario: str | None) -> int:
        if kind not in self._kinds:
            self._kinds.append(kind)
        place = self._scenarios.index(scenario or self._scenarios[0])
        row: dict[str, float] = {"scenario": place, "outcome": outcome, "kind": self._kinds.index(kind)}
        row |= {"intended": due, "end": end} | dict.fromkeys(("first_token", "last_token", "retry_after"), nan)
        for name in Samples.__dataclass_fields__:
            getattr(self._samples, name).append(row.get(name, 0))
        return place

    @property
    def recorded(self) -> Recorded:
        """All of it."""
        ended = max([self._seconds, *self._samples.end])
        own = Cost(0.1, 0.2, 0.001, QUICK, QUICK, 4, 4, 0, None)
        return Recorded(
            scenarios=self._scenarios,
            kinds=tuple(self._kinds),
            samples=self._samples,
            headers={"server": {"modelserver": 3}, "x-modelserver-steering": {"happiness=0.70;rev=3f1c": 2}},
            gaps=tuple(self._gaps),
            began_unix=1_790_000_000.0,
            measured_from=0.0,
            measured_until=self._seconds,
            ended=ended,
            stopped=False,
            own=own,
        )
