"""Whether the number of pods follows the load, what the scaler last decided, and why; or why it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modelserver_operator.api import ConditionType, Reason
from modelserver_operator.resolve import Resolved, ResolvedAutoscaling
from modelserver_operator.resolve.autoscaling import PERIOD_SECONDS, PODS_AT_ONCE
from modelserver_operator.status.finding import Finding
from modelserver_operator.status.hindrances import hindrance, named, titles
from modelserver_operator.status.observed import Observed, ignored_replicas
from modelserver_operator.status.pods import Seen, condition
from modelserver_operator.status.readings import news, reading

Decision = Mapping[str, Any]  # as it stands in status.autoscaling


@dataclass(frozen=True)
class Told:
    """finding: the cause of ScalingActive; None where nobody asks for a scaler and none is there. decision: what is to
    stand in status.autoscaling; empty: nothing."""

    finding: Finding | None
    decision: Decision


def told(seen: Observed) -> Told:
    """What stood there, as long as nothing is done about the spec, or the scaler does not decide otherwise."""
    if not isinstance(seen.outcome, Resolved) or _is_put_off(seen, seen.outcome):
        return Told(_former(seen), _before(seen))
    autoscaling = seen.outcome.autoscaling
    if autoscaling is None:
        return Told(_unasked(seen), {})
    if found := hindrance(seen, seen.outcome, autoscaling):
        return Told(found, {**_before(seen), "source": autoscaling.source.value})
    made = _decision(seen, autoscaling)
    return Told(_scaling(seen, autoscaling, made), made)


def is_news(before: Seen, after: Seen) -> bool:
    """Whether, between two statuses, the scaler has set another number of pods, or would go beyond the most."""
    if condition(after, ConditionType.SCALING_ACTIVE).get("reason") != Reason.SCALING:
        return False
    was, now = before.get("autoscaling", {}), after.get("autoscaling", {})
    pods = now.get("desiredReplicas")
    changed = pods != (was.get("desiredReplicas") or before.get("replicas") or pods)
    at_most = now.get("boundedBy") == "MaxReplicas" != was.get("boundedBy")
    return bool(at_most or changed)


def _is_put_off(seen: Observed, resolved: Resolved) -> bool:
    """Whether another source was chosen while nothing is to be changed: the scaler of the former one goes on."""
    former, autoscaling = _before(seen).get("source"), resolved.autoscaling
    return bool(seen.paused and former and autoscaling and autoscaling.source.value != former)


def _former(seen: Observed) -> Finding | None:
    former = condition(seen.previous, ConditionType.SCALING_ACTIVE)
    return Finding(former["reason"], former["message"]) if former else None


def _unasked(seen: Observed) -> Finding | None:
    ignored = ignored_replicas(seen.children.deployment)
    if others := seen.children.scalers.on_pods:
        text = (
            f"{titles(others)} sets the number of pods, though spec.autoscaling is not set: spec.replicas is applied "
            "only when it changes. Set spec.autoscaling and delete the other, or go on without this operator's scaler."
        )
        return Finding(Reason.FOREIGN_SCALER, text)
    if seen.children.scalers.ours and (seen.paused or seen.waits_for_turn):
        return _outlived(seen)
    if ignored in (None, seen.replicas):  # the scaler has left as many as are asked for: nothing is kept
        return None
    pods = _pods(seen.replicas)
    text = (
        f"{pods} stay, as the scaler left them, for spec.replicas is still {ignored}, which it was while there was "
        f"a scaler. To have {ignored}, set spec.replicas to another number first."
    )
    return Finding(Reason.REPLICAS_KEPT, text)


def _outlived(seen: Observed) -> Finding:
    """The scaler that is asked for no longer, and at work still."""
    until = "spec.paused is no longer true" if seen.paused else "this server has its turn to follow its class"
    text = f"{named(seen.children.scalers.ours)} sets the number of pods, though spec.autoscaling is not set, until "
    return Finding(Reason.SCALER_PENDING, f"{text}{until} and the operator removes it.")


def _decision(seen: Observed, autoscaling: ResolvedAutoscaling) -> Decision:
    before, now = _before(seen), _decided(seen, autoscaling)
    return before if _is_as(before, now) and _still_binds(before, autoscaling) else now


def _scaling(seen: Observed, autoscaling: ResolvedAutoscaling, now: Decision) -> Finding:
    """The words of the same decision stay as they are: what has changed since is no reason to write."""
    former, before = _former(seen), _before(seen)
    if former and former.reason == Reason.SCALING and now == before and not seen.is_respecified:
        return former
    load = seen.children.load
    assumed = load.assumed if load and now != before else 0
    return Finding(Reason.SCALING, " ".join(filter(None, _sentences(now, autoscaling, assumed))))


def _sentences(made: Decision, autoscaling: ResolvedAutoscaling, assumed: int) -> list[str]:
    pods, unfinished = _pods(made.get("desiredReplicas", 0)), made.get("unfinishedRequests")
    if unfinished is None:
        return [f"The scaler's last decision: {pods}.", _bound(made, autoscaling)]
    return [
        f"The scaler's last decision: {pods}{_for(made, unfinished)}",
        f"{_pods(assumed)} did not answer and counted for what they had, or should have." if assumed else "",
        _bound(made, autoscaling),
    ]


def _for(made: Decision, unfinished: int) -> str:
    """The load as it is read here. It may be another by now than the scaler saw, and then it is no reason."""
    requests = f"{unfinished} unfinished request{'' if unfinished == 1 else 's'}"
    if _explains(made, unfinished):
        return f" for {requests}, where one pod should have {made['target']}."
    return f", where one pod should have {made['target']} unfinished requests. By now there {_are(unfinished)}."


def _explains(made: Decision, unfinished: int) -> bool:
    """Whether this load leads to that number of pods. Scalers leave out a tenth."""
    wanted, pods, bound = unfinished / made["target"], made["desiredReplicas"], made.get("boundedBy", "")
    if bound in ("MaxReplicas", "ScaleUpPolicy"):
        return bool(wanted > pods)
    if bound in ("MinReplicas", "ScaleDownPolicy", "ScaleDownWindow"):
        return bool(wanted <= pods)
    return bool(pods - 1.1 <= wanted <= pods * 1.1)


def _are(number: int) -> str:
    return f"is {number}" if number == 1 else f"are {number}"


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
    made: dict[str, Any] = {
        "source": autoscaling.source.value,
        "target": autoscaling.target.value,
        "unfinishedRequests": load.unfinished if load else None,
        "desiredReplicas": found.desired,
        "boundedBy": found.bounded_by,
    }
    if not _still_binds(made, autoscaling):
        del made["boundedBy"]
    return {name: value for name, value in made.items() if value is not None}


def _still_binds(made: Decision, autoscaling: ResolvedAutoscaling) -> bool:
    """Whether the number is the one that is said to have kept it from being another: since the spec has changed, the
    scaler may not have looked."""
    ends = {"MaxReplicas": autoscaling.max_replicas.value, "MinReplicas": autoscaling.min_replicas.value}
    bound = made.get("boundedBy")
    return bound not in ends or ends[bound] == made.get("desiredReplicas")


def _is_as(before: Decision, now: Decision) -> bool:
    """Whether it is the same decision still, whatever the load is by now."""
    same = all(before.get(name) == now.get(name) for name in ("source", "target", "desiredReplicas"))
    return same and news(now.get("boundedBy")) <= news(before.get("boundedBy"))


def _pods(number: int) -> str:
    return f"{number} pod{'' if number == 1 else 's'}"
