"""The Service: one port for clients, one for whoever reads metrics."""

from __future__ import annotations

from modelserver_operator.desired.manifest import Manifest, Owner
from modelserver_operator.desired.metadata import metadata
from modelserver_operator.resolve import Resolved, identity

HTTP_PORT, METRICS_PORT = 80, 9000


def service(resolved: Resolved, owner: Owner) -> Manifest:
    """The server's pods. The NetworkPolicy says who reaches the second port."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(owner, resolved.name),
        "spec": {
            "selector": identity.selector(resolved.name),
            "ports": [
                {"name": "http", "port": HTTP_PORT, "targetPort": "http", "protocol": "TCP"},
                {"name": "metrics", "port": METRICS_PORT, "targetPort": identity.CONTROL, "protocol": "TCP"},
            ],
        },
    }
