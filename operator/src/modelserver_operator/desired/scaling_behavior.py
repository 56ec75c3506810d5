"""How fast a scaler may change the number of pods, said in the words of a HorizontalPodAutoscaler."""

from __future__ import annotations

from typing import Any

from modelserver_operator.resolve import ResolvedAutoscaling
from modelserver_operator.resolve.autoscaling import PERIOD_SECONDS, PODS_AT_ONCE

AS_MANY_AGAIN = 100  # percent of the pods that there are


def scaling_behavior(autoscaling: ResolvedAutoscaling) -> dict[str, Any]:
    """Up at once and within bounds; down, when fewer pods have been enough for the whole window, in one step: each pod
    that goes drains. Nothing is left to defaults, which KEDA would take for a difference."""
    every = {"periodSeconds": PERIOD_SECONDS}
    as_many = {"type": "Percent", "value": AS_MANY_AGAIN, **every}
    return {
        "scaleUp": {
            "stabilizationWindowSeconds": 0,
            "selectPolicy": "Max",
            "policies": [{"type": "Pods", "value": PODS_AT_ONCE, **every}, as_many],
        },
        "scaleDown": {
            "stabilizationWindowSeconds": autoscaling.scale_down_window_seconds.value,
            "selectPolicy": "Max",
            "policies": [as_many],
        },
    }
