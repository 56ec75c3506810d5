"""What a run comes to, for one scenario or for all: latencies, rates, what was refused and what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from modelserver_operator.cli.loadtest.generating.histogram import Histogram
from modelserver_operator.cli.loadtest.generating.recorded import Outcome, Recorded
from modelserver_operator.cli.loadtest.reporting import intervals
from modelserver_operator.cli.loadtest.reporting.intervals import Interval
from modelserver_operator.cli.loadtest.reporting.measured import (
    Sample,
    Window,
    due_within,
    nearest_rank,
    rate_window,
    samples,
    window,
)
from modelserver_operator.cli.loadtest.reporting.report import Figure, Goodput, Refusals, Summary, Times
from modelserver_operator.cli.loadtest.wanted.claims import CURVE_PERCENTS, TIMES, Claim

TOLD = (50.0, 90.0, 95.0, 99.0)  # percents
ERRORS = (Outcome.FAILED, Outcome.CUT, Outcome.UNCONNECTED, Outcome.TIMED_OUT)


class Spans(NamedTuple):
    """due: of the requests that are measured; rates: in which ends are counted."""

    due: Window
    rates: Window


def summaries(
    recorded: Recorded, objectives: Sequence[Claim], *, by_count: bool = False
) -> tuple[Summary, dict[str, Summary]]:
    """Of all requests together, and of each scenario. by_count: as measured.rate_window has it."""
    everything = list(samples(recorded))
    spans = Spans(window(recorded), rate_window(recorded, by_count=by_count))
    overall = summary(everything, spans, sum(recorded.gaps, Histogram()), _of("", objectives))
    if len(recorded.scenarios) == 1:
        return overall, {recorded.scenarios[0]: overall}
    each = {
        name: summary([one for one in everything if one.scenario == index], spans, gaps, _of(name, objectives))
        for index, (name, gaps) in enumerate(zip(recorded.scenarios, recorded.gaps, strict=True))
    }
    return overall, each


def _of(scenario: str, objectives: Sequence[Claim]) -> list[Claim]:
    """Those that hold for a scenario's requests; of all together, those that name none."""
    return [each for each in objectives if each.scenario in ("", scenario)]


def summary(everything: Sequence[Sample], spans: Spans, gaps: Histogram, objectives: Sequence[Claim]) -> Summary:
    """gaps: between token events. objectives: by which goodput is counted."""
    span, rates = spans
    due = due_within(everything, span)
    answered = [each for each in due if each.outcome is Outcome.ANSWERED]
    refused = [each for each in due if each.outcome is Outcome.REFUSED]
    failed = [each for each in due if each.outcome in ERRORS]
    abandoned = sum(each.outcome is Outcome.ABANDONED for each in due)
    ended = [each for each in everything if each.outcome is Outcome.ANSWERED]
    return Summary(
        asked=len(due),
        answered=len(answered),
        refused=len(refused),
        failed=len(failed),
        abandoned=abandoned,
        error_share=_share(len(failed), len(due) - abandoned),
        refusal_share=_share(len(refused), len(due) - abandoned),
        errors=dict(Counter(each.kind for each in failed).most_common()),
        refusals=_refusals(refused),
        requests_per_second=_rate(ended, rates, lambda _: 1),
        tokens_per_second=_rate(ended, rates, lambda each: each.tokens_out),
        tokens_in=sum(each.tokens_in for each in answered),
        tokens_out=sum(each.tokens_out for each in answered),
        goodput=_goodput(due, ended, rates, objectives),
        ttft=_times(answered, span, lambda each: each.ttft),
        itl=_gaps(gaps, sum(each.itl is not None for each in answered)),
        e2e=_times(answered, span, lambda each: each.e2e),
    )


def _share(part: int, whole: int) -> Figure:
    return _figure(part / whole if whole else 0.0, intervals.wilson(part, whole))


def _figure(value: float, interval: Interval | None) -> Figure:
    low, high = interval or (None, None)
    return Figure(value=value, low=low, high=high)


def _rate(ended: Iterable[Sample], span: Window, worth: Callable[[Sample], float]) -> Figure:
    """A second, by when requests ended within the measured time."""
    slices = [0.0] * span.slices
    for each in ended:
        place = span.slice_of(each.end)
        if place is not None:
            slices[place] += worth(each)
    length = span.seconds / span.slices
    return _figure(sum(slices) / span.seconds, intervals.of_rate([each / length for each in slices]))


def _refusals(refused: Iterable[Sample]) -> list[Refusals]:
    by_kind: dict[str, list[Sample]] = {}
    for each in refused:
        by_kind.setdefault(each.kind, []).append(each)
    ordered = sorted(by_kind.items(), key=lambda item: -len(item[1]))
    return [Refusals(kind=kind, count=len(of), retry_after=_waits(of)) for kind, of in ordered]


def _waits(refused: Iterable[Sample]) -> list[float]:
    """The least, the median and the largest wait that was asked for."""
    told = sorted(each.retry_after for each in refused if each.retry_after is not None)
    return [told[0], told[len(told) // 2], told[-1]] if told else []


def _goodput(
    due: Sequence[Sample], ended: Sequence[Sample], rates: Window, objectives: Sequence[Claim]
) -> Goodput | None:
    """The share is of what was due and has ended, the rate of answers by when they ended."""
    bounds = [each for each in objectives if each.metric in TIMES]
    if not bounds:
        return None
    whole = sum(each.outcome is not Outcome.ABANDONED for each in due)
    good = sum(each.outcome is Outcome.ANSWERED and _keeps(each, bounds) for each in due)
    kept = [each for each in ended if _keeps(each, bounds)]
    return Goodput(requests=good, share=_share(good, whole), per_second=_rate(kept, rates, lambda _: 1))


def _keeps(sample: Sample, bounds: Iterable[Claim]) -> bool:
    """Whether one request keeps the objectives' bounds; what its API does not tell it cannot miss."""
    figures: Mapping[str, float | None] = {"ttft": sample.ttft, "itl": sample.itl, "e2e": sample.e2e}
    told = ((figures[bound.metric], bound) for bound in bounds)
    return all(figure is None or bound.holds(figure) for figure, bound in told)


def _times(answered: Sequence[Sample], span: Window, of: Callable[[Sample], float | None]) -> Times | None:
    slices: list[list[float]] = [[] for _ in range(span.slices)]
    for each in answered:
        value, place = of(each), span.slice_of(each.due)
        if value is not None and place is not None:
            slices[place].append(value)
    ordered = sorted(value for each in slices for value in each)
    if not ordered:
        return None
    curve = [nearest_rank(ordered, percent) for percent in CURVE_PERCENTS]
    spreads: Sequence[Interval | None] = intervals.of_times(slices, TOLD) or (None,) * (1 + len(TOLD))
    return _told(len(ordered), sum(ordered) / len(ordered), ordered[-1], curve, spreads)


def _gaps(gaps: Histogram, requests: int) -> Times | None:
    """The gaps of one request come from one line of waiting: of so many requests, not gaps, are the intervals."""
    if not gaps.count:
        return None
    curve = [gaps.percentile(percent) for percent in CURVE_PERCENTS]
    spreads: list[Interval | None] = [None]
    spreads += [intervals.of_percentile(percent, requests, gaps.percentile) for percent in TOLD]
    return _told(gaps.count, gaps.mean, gaps.longest, curve, spreads)


def _told(number: int, mean: float, longest: float, curve: list[float], spreads: Sequence[Interval | None]) -> Times:
    at = dict(zip(CURVE_PERCENTS, curve, strict=True))
    middle, *others = spreads
    percentiles = {f"p{percent:g}": _figure(at[percent], spread) for percent, spread in zip(TOLD, others, strict=True)}
    return Times(samples=number, mean=_figure(mean, middle), max=longest, curve=curve, **percentiles)
