"""How many of a server's pods a node's drain may take at once."""

from __future__ import annotations

from modelserver_operator.desired.manifest import Manifest, Owner
from modelserver_operator.desired.metadata import metadata
from modelserver_operator.resolve import Resolved, identity


def disruption_budget(resolved: Resolved, owner: Owner) -> Manifest:
    """One at a time. A minimum of available pods would keep a single pod's node from ever being drained; and a pod
    that does not answer serves nobody, so it may always go."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata(owner, resolved.name),
        "spec": {
            "selector": {"matchLabels": identity.selector(resolved.name)},
            "maxUnavailable": 1,
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    }


def budgeted(manifest: Manifest, unavailable: int) -> Manifest:
    """The budget, by which so many may be away. Kubernetes takes them off the wanted number: where more are wanted
    than have room, it would never let one go."""
    return manifest | {"spec": manifest["spec"] | {"maxUnavailable": unavailable}}
