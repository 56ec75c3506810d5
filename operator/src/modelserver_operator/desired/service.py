"""The Service that clients use."""

from __future__ import annotations

from modelserver_operator.desired.manifest import Manifest, Owner
from modelserver_operator.desired.metadata import metadata
from modelserver_operator.resolve import Resolved, identity


def service(resolved: Resolved, owner: Owner) -> Manifest:
    """One named port, the server's pods."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(owner, resolved.name),
        "spec": {
            "selector": identity.selector(resolved.name),
            "ports": [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}],
        },
    }
