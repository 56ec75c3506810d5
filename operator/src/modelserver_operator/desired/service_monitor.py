"""The ServiceMonitor by which Prometheus' operator finds the server's metrics."""

from __future__ import annotations

from modelserver_operator.desired.manifest import Manifest, Owner
from modelserver_operator.desired.metadata import metadata
from modelserver_operator.resolve import Resolved, identity

# By this label a ModelServer's load is found, where scalers ask Prometheus.
_WHOSE = {
    "action": "replace",
    "sourceLabels": ["__meta_kubernetes_service_label_app_kubernetes_io_instance"],
    "targetLabel": "modelserver",
}


def service_monitor(resolved: Resolved, owner: Owner) -> Manifest:
    """The class's labels are what the cluster's Prometheus selects by."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": metadata(owner, resolved.name, labels=resolved.placement.monitor_labels),
        "spec": {
            "selector": {"matchLabels": identity.selector(resolved.name)},
            "endpoints": [{"port": "metrics", "path": "/metrics", "relabelings": [_WHOSE]}],
        },
    }
