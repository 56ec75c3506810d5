"""The requests of a run that count, sorted by what is asked of them: by scenario, by slice of the measured time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from modelserver_operator.cli.loadtest.generating.histogram import rank
from modelserver_operator.cli.loadtest.generating.recorded import Outcome, Recorded

MOST_SLICES = 20
LEAST_SLICE_SECONDS = 0.5  # shorter ones hold too few requests of most servers


@dataclass(frozen=True, slots=True)
class Sample:
    """One request; durations in seconds, None where there is none."""

    scenario: int
    outcome: Outcome
    kind: str
    due: float
    end: float
    ttft: float | None
    itl: float | None  # the mean of its own gaps
    e2e: float | None
    tokens_in: int
    tokens_out: int
    retry_after: float | None


@dataclass(frozen=True)
class Window:
    """The measured time, cut into equal slices."""

    begin: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it is; never 0."""
        return max(self.end - self.begin, 1e-9)

    @property
    def slices(self) -> int:
        """Into how many it is cut."""
        return max(1, min(MOST_SLICES, int(self.seconds / LEAST_SLICE_SECONDS)))

    def slice_of(self, moment: float) -> int | None:
        """In which one a moment lies; None outside the window."""
        place = (moment - self.begin) / self.seconds
        return min(int(place * self.slices), self.slices - 1) if 0 <= place <= 1 else None


def window(recorded: Recorded) -> Window:
    """When the requests that are measured were due."""
    return Window(recorded.measured_from, recorded.measured_until)


def rate_window(recorded: Recorded, *, by_count: bool) -> Window:
    """In which ends are counted. by_count: the load ended after so many requests, however soon, so their ends count."""
    return Window(recorded.measured_from, recorded.ended) if by_count else window(recorded)


def samples(recorded: Recorded) -> Iterator[Sample]:
    """All requests, those of the warm-up too, in the order of their ends."""
    kept = recorded.samples
    for index, outcome in enumerate(kept.outcome):
        due, end = kept.intended[index], kept.end[index]
        answered = outcome == Outcome.ANSWERED
        first, last, events = kept.first_token[index], kept.last_token[index], kept.events[index]
        streamed = answered and not math.isnan(first)
        yield Sample(
            kept.scenario[index],
            Outcome(outcome),
            recorded.kinds[kept.kind[index]],
            due,
            end,
            first - due if streamed else None,
            (last - first) / (events - 1) if streamed and events > 1 else None,
            end - due if answered else None,
            kept.tokens_in[index],
            kept.tokens_out[index] or events,
            None if math.isnan(kept.retry_after[index]) else kept.retry_after[index],
        )


def nearest_rank(ordered: Sequence[float], percent: float) -> float:
    """A percentile of values that ascend; there is one at least."""
    return ordered[rank(len(ordered), percent) - 1]


def due_within(all_samples: Sequence[Sample], span: Window) -> list[Sample]:
    """Those that were due in the measured time: what latencies and shares are told of, whenever they ended."""
    return [each for each in all_samples if span.slice_of(each.due) is not None]
