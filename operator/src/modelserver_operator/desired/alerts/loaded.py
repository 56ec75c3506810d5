"""Whether there is more to do than the pods manage."""

from __future__ import annotations

from collections.abc import Iterator

from modelserver_operator.desired.alerts.alert import BY_SERVER, Alert, selected, status, title
from modelserver_operator.desired.alerts.enough import enough
from modelserver_operator.resolve import Resolved

# Of the line: before it is full and the first are refused. Where some are refused earlier, it hardly fills beyond that.
FULL_PERCENT = 80
# Of those who ask. SDKs ask again twice: of callers that do, one in eight thousand is told then.
REFUSED_SHARE = 0.05
# Refusals that are about load, and not about the request or its caller.
OF_LOAD = ("waiting_line_full", "refused_early", "too_many_mixes")
# Of the engine's cache, at its fullest. One that had as much room all the time is not what requests wait for; a full
# one need not show more, for where requests are long the next one finds no room in half of it.
CACHE_SHARE = 0.5


def loaded(resolved: Resolved) -> Iterator[Alert]:
    """The alerts about load; without a line there is none that could fill."""
    if resolved.admission.max_waiting.value:
        yield _queue_saturated(resolved)
    yield _refusing(resolved)
    yield _cache_full(resolved)


def _queue_saturated(resolved: Resolved) -> Alert:
    """On the average of the pods that serve: one that is broken or drains has no line, and does not help."""
    most = resolved.admission.max_waiting.value
    percent = min(FULL_PERCENT, resolved.admission.refuse_early_above_percent.value)
    waiting = f"avg_over_time({selected(resolved, 'modelserver_waiting_requests')}[5m])"
    serving = selected(resolved, "modelserver_state", 'state="serving"')
    return Alert(
        name="ModelServerQueueSaturated",
        expr=(
            f"avg {BY_SERVER} (\n  {waiting}\n  and on (namespace, pod) {serving} == 1\n) / {most} >= {percent / 100:g}"
        ),
        lasts="5m",  # with the five minutes of the average: a burst that the line is there for is over by then
        severity="warning",
        summary=f"The waiting line of ModelServer {title(resolved)} is nearly full.",
        description=(
            f"For 5 minutes {{{{ $value | humanizePercentage }}}} of the {most} places (admission.maxWaiting) in the "
            "waiting line of each pod have been taken: callers wait long, and the next ones are refused. Add pods "
            "(spec.replicas, or spec.autoscaling.maxReplicas and a lower targetUnfinishedRequests), or have less "
            f"asked. `{status(resolved)}` shows each pod's load."
        ),
    )


def _refusing(resolved: Resolved) -> Alert:
    """Of those who got as far as the gate: refused or let in."""
    reasons = f'reason=~"{"|".join(OF_LOAD)}"'
    refused = selected(resolved, "modelserver_requests_refused_total", reasons)
    admitted = selected(resolved, "modelserver_requests_admitted_total")
    told = f"sum {BY_SERVER} (rate({refused}[5m]))"
    return Alert(
        name="ModelServerRefusing",
        expr=(
            f"{told}\n/ ({told} + sum {BY_SERVER} (rate({admitted}[5m]))) > {REFUSED_SHARE:g}\nand {enough(refused)}"
        ),
        lasts="10m",  # more than the five minutes that a single burst is seen for
        severity="warning",
        summary=f"ModelServer {title(resolved)} refuses requests.",
        description=(
            "For 10 minutes it has refused {{ $value | humanizePercentage }} of the requests with 429, because it has "
            "no room for them. Add pods (spec.replicas, or spec.autoscaling.maxReplicas), let more wait "
            "(spec.admission.maxWaiting), or bound what single clients ask (spec.auth.rateLimit). With the reason "
            "too_many_mixes raise spec.emotions.maxActiveMixes."
        ),
    )


def _cache_full(resolved: Resolved) -> Alert:
    """By its effect: requests that the gate has let in wait inside the engine. Long prompts wait there, too, for their
    turn to be read; the cache is to blame where it was full or requests were put back for want of it."""
    waiting = f"avg_over_time({selected(resolved, 'vllm:num_requests_waiting')}[10m]) >= 1"
    fullest = f"max_over_time({selected(resolved, 'vllm:kv_cache_usage_perc')}[10m]) > {CACHE_SHARE:g}"
    put_back = f"increase({selected(resolved, 'vllm:num_preemptions_total')}[10m]) > 0"
    return Alert(
        name="ModelServerCacheFull",
        expr=f"max {BY_SERVER} (\n  {waiting}\n  and ({fullest} or {put_back})\n)",
        lasts="5m",  # with the ten minutes of the average: neither a burst nor a few long prompts
        severity="warning",
        summary=f"The KV cache of ModelServer {title(resolved)} is too small for its load.",
        description=(
            "For 10 minutes {{ $value | humanize }} requests on the average that were let in have waited inside the "
            "engine of a pod for room in its KV cache: answers begin late, and may stop in the middle until what was "
            f"computed is computed again. Let fewer run at once (admission.maxRunning, now "
            f"{resolved.admission.max_running.value}), lower "
            f"engine.maxContextTokens ({resolved.engine.max_context_tokens.value}), give the cache more memory, or add "
            "pods."
        ),
    )
