"""The children whose kind a cluster may lack."""

from __future__ import annotations

from modelserver_operator.api import ModelServer
from modelserver_operator.api.expose import Expose
from modelserver_operator.api.monitoring import Monitoring
from modelserver_operator.resolve.facts import HTTP_ROUTE, SERVICE_MONITOR, Facts
from modelserver_operator.resolve.outcome import Valued


def expose(server: ModelServer, facts: Facts) -> Expose | None:
    """The way in; None where none is asked for, or the cluster lacks its kind."""
    asked = server.spec.expose
    return None if asked is None or (asked.http_route and HTTP_ROUTE not in facts.kinds) else asked


def service_monitor(server: ModelServer, facts: Facts) -> Valued[bool]:
    """Whether a ServiceMonitor is made."""
    asked = (server.spec.monitoring or Monitoring()).service_monitor
    if asked == "Disabled":
        return Valued(False, "spec.monitoring.serviceMonitor")
    if SERVICE_MONITOR not in facts.kinds:
        return Valued(False, f"the cluster has no kind {SERVICE_MONITOR}")
    reason = "spec.monitoring.serviceMonitor" if asked == "Enabled" else f"Auto: the cluster has kind {SERVICE_MONITOR}"
    return Valued(True, reason)
