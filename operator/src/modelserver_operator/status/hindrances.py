"""Why the number of pods does not follow the load: an ordered chain of small checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from modelserver_operator.api import Reason
from modelserver_operator.resolve import SCALED_OBJECT, MetricsApi, Resolved, ResolvedAutoscaling
from modelserver_operator.status.finding import Finding, quote
from modelserver_operator.status.observed import Observed
from modelserver_operator.status.pods import Seen, condition

Check = Callable[[Observed, Resolved, ResolvedAutoscaling], Finding | None]

STAYS = "The number of pods stays as it is"


def hindrance(seen: Observed, resolved: Resolved, autoscaling: ResolvedAutoscaling) -> Finding | None:
    """The first cause, or None: the scaler is at work."""
    found = (check(seen, resolved, autoscaling) for check in CHECKS)
    return next((finding for finding in found if finding), None)


def titles(names: tuple[str, ...]) -> str:
    """In one sentence."""
    return " and ".join(names)


def named(scalers: Iterable[Seen]) -> str:
    """Their kinds and names, in one sentence."""
    return titles(tuple(f"{each['kind']} {each['metadata']['name']}" for each in scalers))


def _kind_missing(_: Observed, resolved: Resolved, __: ResolvedAutoscaling) -> Finding | None:
    found = (each for each in resolved.shortcomings if each.kind == SCALED_OBJECT)
    return next((Finding(each.reason, each.message) for each in found), None)


def _foreign(seen: Observed, _: Resolved, __: ResolvedAutoscaling) -> Finding | None:
    scalers = seen.children.scalers
    if scalers.on_pods:
        text = (
            f"{titles(scalers.on_pods)} scales the same pods, so this server's own scaler is not made: two would stop "
            "each other. Delete the other, or remove spec.autoscaling."
        )
        return Finding(Reason.FOREIGN_SCALER, text)
    if scalers.on_server:
        text = (
            f"{titles(scalers.on_server)} sets spec.replicas, which does not count while spec.autoscaling is set, and "
            "two scalers of the same pods would stop each other: this server's own is not made. Delete the other, or "
            "remove spec.autoscaling."
        )
        return Finding(Reason.FOREIGN_SCALER, text)
    return None


def _metrics_not_served(seen: Observed, resolved: Resolved, autoscaling: ResolvedAutoscaling) -> Finding | None:
    """A scaler that gets the load has somebody who tells it, whoever that is."""
    active = condition((seen.children.scalers.at_work or {}).get("status") or {}, "ScalingActive")
    if active.get("status") == "True" and resolved.scaler != SCALED_OBJECT:
        return None
    source, metrics = autoscaling.source.value, resolved.facts.metrics
    if source == "KEDA" and not metrics.for_keda:
        what = "KEDA has nobody to ask for the load"
        help_ = "Give the operator MODELSERVER_LOAD_URL, as its chart does, or set autoscaling.keda.prometheusUrl there"
    elif source == "BuiltIn" and metrics.api == MetricsApi.FOREIGN:
        what = f"custom.metrics.k8s.io is served by {metrics.holder or 'somebody else'} and not by this operator"
        help_ = "Set spec.autoscaling.metricsSource to PrometheusAdapter or KEDA, or remove the other"
    elif metrics.api == MetricsApi.ABSENT and source != "KEDA":
        what = "Nobody serves custom.metrics.k8s.io"
        help_ = "Install the chart with autoscaling.builtIn.enabled=true, or KEDA, or Prometheus' adapter"
    else:
        return None
    return Finding(Reason.METRICS_NOT_SERVED, f"{what}. {STAYS}. {help_}.")


def _handed_over(seen: Observed, resolved: Resolved, _: ResolvedAutoscaling) -> Finding | None:
    scalers = seen.children.scalers
    others = (scalers.hpa,) if resolved.scaler == SCALED_OBJECT else (scalers.scaled_object, scalers.of_keda)
    leaving = [each for each in scalers.ours if each in others or "deletionTimestamp" in each["metadata"]]
    if not leaving:
        return None
    return Finding(
        Reason.SCALER_PENDING, f"{STAYS} until there is no {named(leaving)}, and then another scaler is made."
    )


def _pending(seen: Observed, resolved: Resolved, _: ResolvedAutoscaling) -> Finding | None:
    if refused := _refused_by_keda(seen):
        return refused
    if (scaler := seen.children.scalers.at_work) is None:
        maker = "KEDA has" if resolved.scaler == SCALED_OBJECT else "The operator has"
        return Finding(Reason.SCALER_PENDING, f"{maker} not made the HorizontalPodAutoscaler yet. {STAYS}.")
    if not condition(scaler.get("status") or {}, "AbleToScale"):
        text = f"HorizontalPodAutoscaler {scaler['metadata']['name']} was not looked at yet. {STAYS}."
        return Finding(Reason.SCALER_PENDING, text)
    return None


def _refused_by_keda(seen: Observed) -> Finding | None:
    status: Seen = (seen.children.scalers.scaled_object or {}).get("status") or {}
    ready = condition(status, "Ready")
    if ready.get("status") != "False":
        return None
    return Finding(Reason.SCALER_FAILING, f"KEDA does not scale. {STAYS}. KEDA says: {quote(ready.get('message', ''))}")


def _unknown(seen: Observed, _: Resolved, __: ResolvedAutoscaling) -> Finding | None:
    """Of KEDA's fallback its HorizontalPodAutoscaler knows nothing."""
    status: Seen = (seen.children.scalers.scaled_object or {}).get("status") or {}
    active = condition((seen.children.scalers.at_work or {}).get("status") or {}, "ScalingActive")
    falls_back = condition(status, "Fallback").get("status") == "True"
    if not falls_back and not (active.get("status") == "False" and "Metric" in active.get("reason", "")):
        return None
    load = seen.children.load
    if load and load.unfinished is None:
        return Finding(Reason.LOAD_UNKNOWN, f"{STAYS}: the load is not known: {load.why.rstrip('.')}.")
    said = "KEDA gets no answer to its questions" if falls_back else quote(active.get("message", ""))
    return Finding(Reason.METRIC_UNREADABLE, f"{STAYS}: the scaler cannot read the load. It says: {said}")


def _failing(seen: Observed, _: Resolved, __: ResolvedAutoscaling) -> Finding | None:
    status: Seen = (seen.children.scalers.at_work or {}).get("status") or {}
    for kind in ("AbleToScale", "ScalingActive"):
        found = condition(status, kind)
        if found.get("status") == "False":
            return Finding(Reason.SCALER_FAILING, f"{STAYS}. The scaler says: {quote(found.get('message', ''))}")
    return None


CHECKS: tuple[Check, ...] = (
    _kind_missing,  # KEDA is asked for and not there
    _foreign,  # somebody else scales
    _handed_over,  # one scaler goes, and another comes
    _metrics_not_served,  # nobody tells the load
    _pending,  # the scaler has not begun
    _unknown,  # the load is not known, or not told
    _failing,  # the scaler cannot scale
)
