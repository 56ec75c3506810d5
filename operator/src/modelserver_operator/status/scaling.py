"""Whether the number of pods follows the load, what the scaler last decided, and why; or why it does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from modelserver_operator.api import ConditionType, Reason
from modelserver_operator.resolve import SCALED_OBJECT, MetricsApi, Resolved, ResolvedAutoscaling
from modelserver_operator.resolve.autoscaling import PERIOD_SECONDS, PODS_AT_ONCE
from modelserver_operator.status.finding import Finding, quote
from modelserver_operator.status.observed import Observed, Seen, condition, ignored_replicas
from modelserver_operator.status.readings import news, reading

Check = Callable[[Observed, Resolved, ResolvedAutoscaling], Finding | None]
Decision = Mapping[str, Any]  # as it stands in status.autoscaling

STAYS = "The number of pods stays as it is"


def told(seen: Observed) -> Finding | None:
    """The cause of ScalingActive; None where nobody asks for a scaler and none is there."""
    if not isinstance(seen.outcome, Resolved):
        return None
    resolved, autoscaling = seen.outcome, seen.outcome.autoscaling
    if autoscaling is None:
        return _unasked(seen)
    return _hindrance(seen, resolved, autoscaling) or _scaling(seen, autoscaling)


def decision(seen: Observed) -> Decision | None:
    """What is to stand in status.autoscaling: what stood there, as long as the scaler does not decide otherwise."""
    if not isinstance(seen.outcome, Resolved):
        return _before(seen) or None
    autoscaling, before = seen.outcome.autoscaling, _before(seen)
    if autoscaling is None:
        return None
    chosen = {"source": autoscaling.source.value}
    if _hindrance(seen, seen.outcome, autoscaling):
        return {**before, **chosen}
    now = chosen | _decided(seen, autoscaling)
    return before if _is_as(before, now) else now


def is_news(before: Seen, after: Seen) -> bool:
    """Whether, between two statuses, the scaler has set another number of pods, or would go beyond the most."""
    if condition(after, ConditionType.SCALING_ACTIVE).get("reason") != Reason.SCALING:
        return False
    was, now = before.get("autoscaling", {}), after.get("autoscaling", {})
    pods = now.get("desiredReplicas")
    changed = pods != (was.get("desiredReplicas") or before.get("replicas") or pods)
    at_most = now.get("boundedBy") == "MaxReplicas" != was.get("boundedBy")
    return bool(at_most or changed)


def _unasked(seen: Observed) -> Finding | None:
    ignored = ignored_replicas(seen.children.deployment)
    if others := seen.children.scalers.on_pods:
        text = (
            f"{_names(others)} sets the number of pods, though spec.autoscaling is not set: spec.replicas is applied "
            "only when it changes. Set spec.autoscaling and delete the other, or go on without this operator's scaler."
        )
        return Finding(Reason.FOREIGN_SCALER, text)
    if ignored is None:
        return None
    pods = _pods(seen.replicas)
    text = (
        f"{pods} stay, as the scaler left them, for spec.replicas is still {ignored}, which it was while there was "
        "a scaler. Set spec.replicas to another number to have that."
    )
    return Finding(Reason.REPLICAS_KEPT, text)


def _kind_missing(_: Observed, resolved: Resolved, __: ResolvedAutoscaling) -> Finding | None:
    found = (each for each in resolved.shortcomings if each.field == "spec.autoscaling.metricsSource")
    return next((Finding(each.reason, each.message) for each in found), None)


def _foreign(seen: Observed, _: Resolved, __: ResolvedAutoscaling) -> Finding | None:
    scalers = seen.children.scalers
    if scalers.on_pods:
        text = (
            f"{_names(scalers.on_pods)} scales the same pods, so this server's own scaler is not made: two would stop "
            "each other. Delete the other, or remove spec.autoscaling."
        )
        return Finding(Reason.FOREIGN_SCALER, text)
    if scalers.on_server:
        text = (
            f"{_names(scalers.on_server)} sets spec.replicas, which does not count while spec.autoscaling is set, and "
            "two scalers of the same pods would stop each other: this server's own is not made. Delete the other, or "
            "remove spec.autoscaling."
        )
        return Finding(Reason.FOREIGN_SCALER, text)
    return None


def _metrics_not_served(_: Observed, resolved: Resolved, autoscaling: ResolvedAutoscaling) -> Finding | None:
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
    names = _names(tuple(f"{each['kind']} {each['metadata']['name']}" for each in leaving))
    return Finding(Reason.SCALER_PENDING, f"{STAYS} until there is no {names}, and then another scaler is made.")


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


def _hindrance(seen: Observed, resolved: Resolved, autoscaling: ResolvedAutoscaling) -> Finding | None:
    found = (check(seen, resolved, autoscaling) for check in CHECKS)
    return next((finding for finding in found if finding), None)


def _scaling(seen: Observed, autoscaling: ResolvedAutoscaling) -> Finding:
    """The words of the same decision stay as they are: what has changed since is no reason to write."""
    now, before = decision(seen) or {}, _before(seen)
    former = condition(seen.previous, ConditionType.SCALING_ACTIVE)
    if now == before and former.get("reason") == Reason.SCALING and not seen.is_respecified:
        return Finding(Reason.SCALING, former["message"])
    load = seen.children.load
    assumed = load.assumed if load and now != before else 0
    return Finding(Reason.SCALING, " ".join(filter(None, _sentences(now, autoscaling, assumed))))


def _sentences(made: Decision, autoscaling: ResolvedAutoscaling, assumed: int) -> list[str]:
    pods, unfinished = _pods(made.get("desiredReplicas", 0)), made.get("unfinishedRequests")
    if unfinished is None:
        return [f"The scaler's last decision: {pods}.", _bound(made, autoscaling)]
    requests = f"{unfinished} unfinished request{'' if unfinished == 1 else 's'}"
    return [
        f"The scaler's last decision: {pods} for {requests}, where one pod should have {made['target']}.",
        f"{_pods(assumed)} did not answer and counted for what they had, or should have." if assumed else "",
        _bound(made, autoscaling),
    ]


def _bound(made: Decision, autoscaling: ResolvedAutoscaling) -> str:
    window = autoscaling.scale_down_window_seconds.value
    sentences = {
        "MaxReplicas": f"spec.autoscaling.maxReplicas, {autoscaling.max_replicas.value}, allows no more.",
        "MinReplicas": f"spec.autoscaling.minReplicas, {autoscaling.min_replicas.value}, allows no fewer.",
        "ScaleUpPolicy": f"More follow: within {PERIOD_SECONDS} s at most {PODS_AT_ONCE} are added, or as many "
        "as there were.",
        "ScaleDownPolicy": f"Others go later: within {PERIOD_SECONDS} s no more are removed.",
        "ScaleDownWindow": f"Fewer would do; pods go when they were not needed for {window} s "
        "(spec.autoscaling.scaleDownWindowSeconds).",
    }
    return sentences.get(made.get("boundedBy", ""), "")


def _before(seen: Observed) -> Decision:
    found: Decision = seen.previous.get("autoscaling", {})
    return found


def _decided(seen: Observed, autoscaling: ResolvedAutoscaling) -> dict[str, Any]:
    found = reading(seen.children.scalers.at_work or {})
    load = seen.children.load
    made = {
        "target": autoscaling.target.value,
        "unfinishedRequests": load.unfinished if load else None,
        "desiredReplicas": found.desired,
        "boundedBy": found.bounded_by,
    }
    return {name: value for name, value in made.items() if value is not None}


def _is_as(before: Decision, now: Decision) -> bool:
    """Whether it is the same decision still, whatever the load is by now."""
    same = all(before.get(name) == now.get(name) for name in ("source", "target", "desiredReplicas"))
    return same and news(now.get("boundedBy")) <= news(before.get("boundedBy"))


def _pods(number: int) -> str:
    return f"{number} pod{'' if number == 1 else 's'}"


def _names(names: tuple[str, ...]) -> str:
    return " and ".join(names)
