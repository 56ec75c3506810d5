"""The Deployment, without its replicas: their number has a field manager of its own, or a scaler."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from modelserver_operator.desired.manifest import Manifest, Owner
from modelserver_operator.desired.metadata import metadata
from modelserver_operator.desired.pod import pod_template
from modelserver_operator.resolve import Resolved, identity

# Old ReplicaSets keep their start ConfigMap alive; two are enough to roll back by.
REVISIONS_KEPT = 2


def deployment(resolved: Resolved, owner: Owner) -> Manifest:
    """The Deployment of the server's pods."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(owner, resolved.name, annotations=_made_from(resolved)),
        "spec": {
            "selector": {"matchLabels": identity.selector(resolved.name)},
            "revisionHistoryLimit": REVISIONS_KEPT,
            "progressDeadlineSeconds": resolved.rollout.progress_deadline_seconds.value,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": _rolling(resolved)},
            "template": pod_template(resolved),
        },
    }


def template_digest(resolved: Resolved) -> str:
    """Equal for equal pod templates: a change of it is what replaces pods."""
    return hashlib.sha256(json.dumps(pod_template(resolved), sort_keys=True).encode()).hexdigest()


def replicas(resolved: Resolved, number: int) -> Manifest:
    """The number of pods alone, to be applied by its own field manager."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": resolved.name, "namespace": resolved.namespace},
        "spec": {"replicas": number},
    }


def with_room(manifest: Manifest, unavailable: int) -> Manifest:
    """The Deployment, which replaces pods, and of which so many may be away meanwhile."""
    strategy = manifest["spec"]["strategy"] | {"rollingUpdate": _replace(unavailable)}
    return manifest | {"spec": manifest["spec"] | {"strategy": strategy}}


def _made_from(resolved: Resolved) -> dict[str, str]:
    """By these it is seen later whether pods would be replaced, and whether their own server has asked for it."""
    return {identity.TEMPLATE: template_digest(resolved), identity.ASKED: resolved.asked}


def _rolling(resolved: Resolved) -> dict[str, Any]:
    """Replace never needs room for a pod more than there are; Surge never has a pod less than there are."""
    if resolved.rollout.strategy.value == "Replace":
        return _replace(1)
    return {"maxSurge": 1, "maxUnavailable": 0}


def _replace(unavailable: int) -> dict[str, Any]:
    return {"maxSurge": 0, "maxUnavailable": unavailable}
