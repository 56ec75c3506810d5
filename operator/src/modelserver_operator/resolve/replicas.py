"""How many pods there are, as far as this is decided here and not by a scaler."""

from __future__ import annotations

from modelserver_operator.api import ModelServer
from modelserver_operator.resolve.outcome import Valued


def replicas(server: ModelServer) -> Valued[int]:
    """The number of pods; where a scaler is asked for, the number that it starts from."""
    if server.spec.autoscaling is None:
        return Valued(server.spec.replicas, "spec.replicas")
    least = server.spec.autoscaling.min_replicas
    return Valued(least, "spec.autoscaling.minReplicas; spec.replicas is ignored while autoscaling is set")
