"""A run in slices of time, from its beginning to its end: what came, what ended, and how long it took."""

from __future__ import annotations

import math
from collections.abc import Sequence

from modelserver_operator.cli.loadtest.generating.recorded import Outcome, Recorded
from modelserver_operator.cli.loadtest.reporting.measured import Sample, nearest_rank, samples
from modelserver_operator.cli.loadtest.reporting.report import Moment, Timeline
from modelserver_operator.cli.loadtest.reporting.summary import ERRORS

MOST_MOMENTS = 120  # more are not told apart in a plot
LENGTHS = (0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0)  # seconds that people count in


def timeline(recorded: Recorded) -> Timeline:
    """In slices of the shortest length of LENGTHS that makes no more than MOST_MOMENTS of them."""
    everything = list(samples(recorded))
    length = next((each for each in LENGTHS if recorded.ended / each <= MOST_MOMENTS), LENGTHS[-1])
    number = max(1, math.ceil(recorded.ended / length))
    due: list[list[Sample]] = [[] for _ in range(number)]
    ended: list[list[Sample]] = [[] for _ in range(number)]
    for each in everything:
        due[_place(each.due, length, number)].append(each)
        ended[_place(each.end, length, number)].append(each)
    moments, in_flight = [], 0
    for index, (came, went) in enumerate(zip(due, ended, strict=True)):
        in_flight += len(came) - len(went)
        moments.append(_moment(index * length, came, went, in_flight))
    return Timeline(slice_seconds=length, moments=moments)


def _place(moment: float, length: float, number: int) -> int:
    return min(number - 1, max(0, int(moment / length)))


def _moment(at: float, came: Sequence[Sample], went: Sequence[Sample], in_flight: int) -> Moment:
    ttft = sorted(each.ttft for each in came if each.ttft is not None)
    e2e = sorted(each.e2e for each in came if each.e2e is not None)
    return Moment(
        at=at,
        asked=len(came),
        answered=sum(each.outcome is Outcome.ANSWERED for each in went),
        refused=sum(each.outcome is Outcome.REFUSED for each in went),
        failed=sum(each.outcome in ERRORS for each in went),
        tokens=sum(each.tokens_out for each in went),
        in_flight=in_flight,
        ttft_p50=_percentile(ttft, 50),
        ttft_p95=_percentile(ttft, 95),
        e2e_p50=_percentile(e2e, 50),
        e2e_p95=_percentile(e2e, 95),
    )


def _percentile(ordered: Sequence[float], percent: int) -> float | None:
    """None of nothing."""
    return nearest_rank(ordered, percent) if ordered else None
