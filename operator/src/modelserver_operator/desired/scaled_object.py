"""The ScaledObject, from which KEDA makes a HorizontalPodAutoscaler of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelserver_operator.desired.manifest import Manifest, Owner
from modelserver_operator.desired.metadata import metadata
from modelserver_operator.desired.scaling_behavior import scaling_behavior
from modelserver_operator.resolve import Resolved, ResolvedAutoscaling, identity

# So many unanswered questions in a row, then the number of pods is kept as it is until there is an answer.
FAILURES = 3


def scaled_object(resolved: Resolved, owner: Owner, autoscaling: ResolvedAutoscaling) -> Manifest:
    """With at least one pod KEDA asks when its HorizontalPodAutoscaler does: a polling interval would say nothing."""
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": metadata(owner, resolved.name),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": resolved.name},
            "minReplicaCount": autoscaling.min_replicas.value,
            "maxReplicaCount": autoscaling.max_replicas.value,
            "advanced": {"horizontalPodAutoscalerConfig": {"behavior": scaling_behavior(autoscaling)}},
            "fallback": {
                "failureThreshold": FAILURES,
                "replicas": autoscaling.min_replicas.value,
                "behavior": "currentReplicas",
            },
            "triggers": [_trigger(resolved, str(autoscaling.target.value))],
        },
    }


def asked_of(scaled_object: Mapping[str, Any]) -> tuple[str, str]:
    """(load_url, prometheus_url) of the facts that a ScaledObject was made with; empty what it does not use."""
    triggers = [each.get("metadata") or {} for each in scaled_object["spec"].get("triggers") or ()]
    told = triggers[0] if triggers else {}
    return str(told.get("url", "")).partition("/load/")[0], str(told.get("serverAddress", ""))


def _trigger(resolved: Resolved, target: str) -> dict[str, Any]:
    metrics = resolved.facts.metrics
    if metrics.prometheus_url:
        return _prometheus(resolved, target, metrics.prometheus_url)
    asked = {
        "url": f"{metrics.load_url}/load/{resolved.namespace}/{resolved.name}",
        "valueLocation": identity.LOAD,
        "targetValue": target,
    }
    return {"type": "metrics-api", "metricType": "AverageValue", "metadata": asked}


def _prometheus(resolved: Resolved, target: str, url: str) -> dict[str, Any]:
    """Where Prometheus has no such series, KEDA's default would take that for no load at all."""
    of_server = f'namespace="{resolved.namespace}",modelserver="{resolved.name}"'
    asked = {
        "serverAddress": url,
        "query": f"sum(modelserver_{identity.LOAD}{{{of_server}}})",
        "threshold": target,
        "ignoreNullValues": "false",
    }
    return {"type": "prometheus", "metricType": "AverageValue", "metadata": asked}
