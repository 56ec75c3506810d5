"""Whether requests that were accepted come to their end."""

from __future__ import annotations

from collections.abc import Iterator

from modelserver_operator.desired.alerts.alert import BY_SERVER, Alert, pods, selected, status, title
from modelserver_operator.desired.alerts.enough import enough
from modelserver_operator.desired.alerts.objectives import NOT_REFUSED, share
from modelserver_operator.resolve import Resolved

# Of the requests that were not refused, where no more is allowed by spec.monitoring.slo. A promise is watched by burn
# rates, over hours; this is for what nobody would call service, whatever is promised.
FAILED_SHARE = 0.05


def failing(resolved: Resolved) -> Iterator[Alert]:
    """The alerts about requests that fail, run out of time, or hang."""
    yield _errors(resolved)
    yield _deadlines_missed(resolved)
    yield _stalled(resolved)


def _errors(resolved: Resolved) -> Alert:
    failed = selected(resolved, "modelserver_requests_total", 'outcome="failed"')
    return Alert(
        name="ModelServerErrors",
        expr=_too_many(resolved, failed),
        lasts="10m",  # more than the five minutes that a single burst is seen for
        severity="critical",
        summary=f"ModelServer {title(resolved)} fails at requests.",
        description=(
            "For 10 minutes {{ $value | humanizePercentage }} of the requests that were not refused have failed: with "
            "a status of 500 and above, or an error in the stream. "
            f"`kubectl -n {resolved.namespace} logs POD` has a line for each, with "
            f"the reason; `{pods(resolved)}` lists the pods. If one alone fails, delete it."
        ),
    )


def _deadlines_missed(resolved: Resolved) -> Alert:
    bounds = resolved.admission
    return Alert(
        name="ModelServerDeadlinesMissed",
        expr=_too_many(resolved, selected(resolved, "modelserver_deadlines_missed_total")),
        lasts="10m",  # as above
        severity="warning",
        summary=f"Requests to ModelServer {title(resolved)} run out of time.",
        description=(
            "For 10 minutes {{ $value | humanizePercentage }} of the requests that were not refused have run out of "
            f"time: {bounds.queue_timeout_seconds.value} s in the waiting line (admission.queueTimeoutSeconds), or "
            f"{bounds.request_timeout_seconds.value} s in the engine (admission.requestTimeoutSeconds). The label "
            "phase of modelserver_deadlines_missed_total says which. Those that wait need more pods; those that run "
            "need shorter answers (generation.maxTokensLimit), fewer at once (admission.maxRunning), or more time."
        ),
    )


def _stalled(resolved: Resolved) -> Alert:
    """The runtime's own verdict. It is restarted four minutes after that, by its probe, so the alert must not wait."""
    hangs = selected(resolved, "modelserver_state", 'state=~"stalled|main_loop_stuck"')
    return Alert(
        name="ModelServerStalled",
        expr=f"sum {BY_SERVER} ({hangs}) > 0",
        lasts="1m",  # one step of the engine ends it, if it was only slow
        severity="critical",
        summary=f"The engine of ModelServer {title(resolved)} hangs.",
        description=(
            "{{ $value | humanize }} of its pods have requests and make no progress: their callers wait in vain, and "
            "new requests go to other pods, if there are any. The kubelet restarts such a pod within five minutes. If "
            f"it comes again, `{status(resolved)}` and `kubectl -n {resolved.namespace} logs POD --previous` say "
            "what it did; look at the accelerator and at the driver's messages on the node."
        ),
    )


def _too_many(resolved: Resolved, bad: str) -> str:
    """The share of requests that were not refused and have ended so, in five minutes, if they are enough in an hour to
    speak of a share."""
    ended = selected(resolved, "modelserver_requests_total", NOT_REFUSED)
    promised = resolved.objectives.max_error_rate
    most = max(FAILED_SHARE, share(promised.value) if promised else 0)
    return f"sum {BY_SERVER} (rate({bad}[5m]))\n/ sum {BY_SERVER} (rate({ended}[5m])) > {most:g}\nand {enough(bad)}"
