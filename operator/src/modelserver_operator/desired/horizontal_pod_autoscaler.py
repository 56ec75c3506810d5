"""The HorizontalPodAutoscaler, which reads the load from custom.metrics.k8s.io, whoever serves that."""

from __future__ import annotations

from typing import Any

from modelserver_operator.api import API_VERSION
from modelserver_operator.desired.manifest import Manifest, Owner
from modelserver_operator.desired.metadata import metadata
from modelserver_operator.desired.scaling_behavior import scaling_behavior
from modelserver_operator.resolve import HORIZONTAL_POD_AUTOSCALER, Resolved, ResolvedAutoscaling, identity


def horizontal_pod_autoscaler(resolved: Resolved, owner: Owner, autoscaling: ResolvedAutoscaling) -> Manifest:
    """It scales the Deployment: the ModelServer's own number is its owner's, who may have it in a repository."""
    return {
        "apiVersion": "autoscaling/v2",
        "kind": HORIZONTAL_POD_AUTOSCALER,
        "metadata": metadata(owner, resolved.name),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": resolved.name},
            "minReplicas": autoscaling.min_replicas.value,
            "maxReplicas": autoscaling.max_replicas.value,
            "metrics": [{"type": "Object", "object": _load(resolved, autoscaling)}],
            "behavior": scaling_behavior(autoscaling),
        },
    }


def _load(resolved: Resolved, autoscaling: ResolvedAutoscaling) -> dict[str, Any]:
    """The sum over the pods, shared by all that there are. As a plain value it would be multiplied by the pods that are
    ready, and more would be asked for each time that one becomes so."""
    return {
        "describedObject": {"apiVersion": API_VERSION, "kind": "ModelServer", "name": resolved.name},
        "metric": {"name": identity.LOAD},
        "target": {"type": "AverageValue", "averageValue": str(autoscaling.target.value)},
    }
