"""Who sets the number of a ModelServer's pods, and what a HorizontalPodAutoscaler says of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modelserver_operator.api.serverstatus import Bound
from modelserver_operator.status.pods import Seen, condition

# HorizontalPodAutoscalers' words for what kept the number from being another.
BOUNDS: Mapping[str, Bound] = {
    "TooManyReplicas": "MaxReplicas",
    "TooFewReplicas": "MinReplicas",
    "ScaleUpLimit": "ScaleUpPolicy",
    "ScaleDownLimit": "ScaleDownPolicy",
}
# What is worth telling though the number stays. The others come and go with every few requests.
NEWS: Mapping[Bound | None, int] = {"ScaleDownWindow": 1, "MaxReplicas": 2}


@dataclass(frozen=True)
class Verdict:
    """What a HorizontalPodAutoscaler last made of the load. desired: the number of pods; 0 before its first look."""

    desired: int
    bounded_by: Bound | None


def reading(scaler: Seen) -> Verdict:
    """What it says in its status. Not how much there was to do: it tells a pod's share, and of how many pods it does
    not tell."""
    status: Seen = scaler.get("status") or {}
    desired = int(status.get("desiredReplicas", 0))
    return Verdict(desired, _bound(scaler, desired) if status.get("currentMetrics") else _range(scaler, desired))


def news(bound: Bound | None) -> int:
    """How much more one bound has to say than another, of the same number of pods."""
    return NEWS.get(bound, 0)


def _bound(scaler: Seen, desired: int) -> Bound | None:
    """A limit says more than the window: it may hold while the window does, and with the least pods none will go."""
    status: Seen = scaler["status"]
    limited = condition(status, "ScalingLimited")
    if limited.get("status") == "True" and limited.get("reason") in BOUNDS:
        return BOUNDS[limited["reason"]]
    if condition(status, "AbleToScale").get("reason") != "ScaleDownStabilized":
        return None
    return "ScaleDownWindow" if desired > (scaler.get("spec") or {}).get("minReplicas", 1) else "MinReplicas"


def _range(scaler: Seen, desired: int) -> Bound | None:
    """Without a look at the load: more pods than the most, or fewer than the least, are corrected at once."""
    spec: Seen = scaler.get("spec") or {}
    ends: tuple[tuple[str, Bound], ...] = (("maxReplicas", "MaxReplicas"), ("minReplicas", "MinReplicas"))
    return next((bound for name, bound in ends if spec.get(name) == desired), None)
