"""What is promised, as shares of requests: how many keep it, how many may not, and which share of them is too fast."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from modelserver_operator.desired.alerts.alert import BY_SERVER, selected
from modelserver_operator.resolve import FIRST_TOKEN_BOUNDS, WHOLE_BOUNDS, Resolved

# Of what is promised of 95 % of the requests the rest may be late.
LATE_SHARE = 0.05
# Of these the share is taken that has failed. With those that were refused, a server that refuses nearly all and fails
# at all the others would seem to be well.
NOT_REFUSED = 'outcome!="refused"'
Window = str  # as Prometheus writes durations


@dataclass(frozen=True)
class Objective:
    """A promise. budget: the share of requests that need not keep it. bad, ended: how many requests in a window have
    not kept it, and how many there were. help: what to do."""

    name: str
    promise: str
    budget: float
    bad: Callable[[Window], str]
    ended: Callable[[Window], str]
    help: str


def watched(resolved: Resolved) -> list[Objective]:
    """Those whose breach can be seen; a time that no answer may take anyway is never exceeded."""
    asked, bounds = resolved.objectives, resolved.admission
    longest = (bounds.queue_timeout_seconds.value + bounds.request_timeout_seconds.value) * 1000
    found = []
    if (first := asked.ttft_p95_milliseconds) and first.value < longest:
        found.append(_first_token(resolved, first.value))
    if (whole := asked.e2e_p95_milliseconds) and whole.value < longest:
        found.append(_whole(resolved, whole.value))
    if rate := asked.max_error_rate:
        found.append(_errors(resolved, rate.value))
    return found


def share(percent: str) -> float:
    """Of a percentage as the spec has it, such as 0.5%."""
    return float(percent.removesuffix("%")) / 100


def within(bounds: Sequence[float], seconds: float) -> list[tuple[float, float]]:
    """(bound, weight) of the buckets whose weighted sum is how many values are at most `seconds`, which is at most the
    last bound: as histogram_quantile does it, values lie evenly between two bounds."""
    above = bisect_left(bounds, seconds)
    low, high = bounds[above - 1] if above else 0.0, bounds[above]
    weight = (seconds - low) / (high - low)
    return [(bound, part) for bound, part in ((low, 1 - weight), (high, weight)) if bound and part]


def _first_token(resolved: Resolved, milliseconds: int) -> Objective:
    return _latency(
        resolved,
        "ModelServerTTFTBurn",
        f"the first token of 95 % of the streams comes within {milliseconds} ms",
        "modelserver_time_to_first_token_seconds",
        within(FIRST_TOKEN_BOUNDS, milliseconds / 1000),
    )


def _whole(resolved: Resolved, milliseconds: int) -> Objective:
    return _latency(
        resolved,
        "ModelServerE2EBurn",
        f"95 % of the answers are complete within {milliseconds} ms",
        "modelserver_request_seconds",
        within(WHOLE_BOUNDS, milliseconds / 1000),
    )


def _latency(
    resolved: Resolved, name: str, promise: str, metric: str, buckets: Sequence[tuple[float, float]]
) -> Objective:
    def ended(window: Window) -> str:
        return f"sum {BY_SERVER} (increase({selected(resolved, f'{metric}_count')}[{window}]))"

    def in_time(window: Window, bound: float, part: float) -> str:
        bucket = selected(resolved, f"{metric}_bucket", f'le="{bound}"')
        weighted = "" if part == 1 else f"{part:.6g} * "
        return f"{weighted}sum {BY_SERVER} (increase({bucket}[{window}]))"

    def bad(window: Window) -> str:
        return " - ".join([ended(window), *(in_time(window, *each) for each in buckets)])

    help_ = "Add pods, let fewer requests run at once (admission.maxRunning) or wait (admission.maxWaiting)"
    return Objective(name, promise, LATE_SHARE, bad, ended, f"{help_}, or promise less.")


def _errors(resolved: Resolved, percent: str) -> Objective:
    def ended(window: Window, which: str = NOT_REFUSED) -> str:
        return f"sum {BY_SERVER} (increase({selected(resolved, 'modelserver_requests_total', which)}[{window}]))"

    return Objective(
        "ModelServerErrorBurn",
        f"no more than {percent} of the requests that are not refused fail",
        share(percent),
        lambda window: ended(window, 'outcome="failed"'),
        ended,
        "The log of the pods has a line for each failure, with its reason.",
    )
