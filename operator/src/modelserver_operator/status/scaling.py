"""Whether the number of pods follows the load, what the scaler last decided, and why; or why it does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelserver_operator.api import ConditionType, Reason
from modelserver_operator.resolve import Resolved, ResolvedAutoscaling
from modelserver_operator.resolve.autoscaling import PERIOD_SECONDS, PODS_AT_ONCE
from modelserver_operator.status.finding import Finding
from modelserver_operator.status.hindrances import hindrance, titles
from modelserver_operator.status.observed import Observed, Seen, condition, ignored_replicas
from modelserver_operator.status.readings import news, reading

Decision = Mapping[str, Any]  # as it stands in status.autoscaling


def told(seen: Observed) -> Finding | None:
    """The cause of ScalingActive; None where nobody asks for a scaler and none is there."""
    if not isinstance(seen.outcome, Resolved):
        return None
    resolved, autoscaling = seen.outcome, seen.outcome.autoscaling
    if autoscaling is None:
        return _unasked(seen)
    return hindrance(seen, resolved, autoscaling) or _scaling(seen, autoscaling)


def decision(seen: Observed) -> Decision | None:
    """What is to stand in status.autoscaling: what stood there, as long as the scaler does not decide otherwise."""
    if not isinstance(seen.outcome, Resolved):
        return _before(seen) or None
    autoscaling, before = seen.outcome.autoscaling, _before(seen)
    if autoscaling is None:
        return None
    chosen = {"source": autoscaling.source.value}
    if hindrance(seen, seen.outcome, autoscaling):
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
            f"{titles(others)} sets the number of pods, though spec.autoscaling is not set: spec.replicas is applied "
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
