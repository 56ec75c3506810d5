"""How many pods there are, as far as this is decided here and not by a scaler."""

from __future__ import annotations

from modelserver_operator.api import ModelServer
from modelserver_operator.resolve.outcome import Resolved, Valued


def replicas(server: ModelServer) -> Valued[int]:
    """The number of pods; where a scaler is asked for, the number that it starts from."""
    if server.spec.autoscaling is None:
        return Valued(server.spec.replicas, "spec.replicas")
    least = server.spec.autoscaling.min_replicas
    return Valued(least, "spec.autoscaling.minReplicas; spec.replicas is ignored while autoscaling is set")


def unscaled(resolved: Resolved) -> str | None:
    """What is done instead, where a scaler is asked for: this release makes none."""
    if not resolved.autoscaled:
        return None
    pods = resolved.replicas.value
    return (
        f"This release makes no scaler yet: {pods} pod{' runs' if pods == 1 else 's run'}, whatever the load "
        "(spec.autoscaling.minReplicas), and spec.replicas, which `kubectl scale` sets, is not followed. Remove "
        "spec.autoscaling to set their number by spec.replicas."
    )
