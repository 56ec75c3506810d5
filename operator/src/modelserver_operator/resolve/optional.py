"""The children whose kind a cluster may lack."""

from __future__ import annotations

from modelserver_operator.api import ModelServer
from modelserver_operator.api.expose import Expose
from modelserver_operator.api.monitoring import Choice, Monitoring
from modelserver_operator.resolve.facts import HTTP_ROUTE, PROMETHEUS_RULE, SERVICE_MONITOR, Facts
from modelserver_operator.resolve.outcome import Valued


def expose(server: ModelServer, facts: Facts) -> Expose | None:
    """The way in; None where none is asked for, or the cluster lacks its kind."""
    asked = server.spec.expose
    return None if asked is None or (asked.http_route and HTTP_ROUTE not in facts.kinds) else asked


def service_monitor(server: ModelServer, facts: Facts) -> Valued[bool]:
    """Whether a ServiceMonitor is made."""
    asked = (server.spec.monitoring or Monitoring()).service_monitor
    return _made(SERVICE_MONITOR, "spec.monitoring.serviceMonitor", asked, facts)


def alerts(server: ModelServer, facts: Facts) -> Valued[bool]:
    """Whether a PrometheusRule is made: not where no pod is wanted, for each of its alerts is about pods."""
    made = _made(PROMETHEUS_RULE, "spec.monitoring.alerts", (server.spec.monitoring or Monitoring()).alerts, facts)
    if made.value and server.spec.autoscaling is None and server.spec.replicas == 0:
        return Valued(False, "spec.replicas is 0: there is nothing to tell of")
    return made


def _made(kind: str, field: str, asked: Choice, facts: Facts) -> Valued[bool]:
    if asked == "Disabled":
        return Valued(False, field)
    if kind not in facts.kinds:
        return Valued(False, f"the cluster has no kind {kind}")
    return Valued(True, field if asked == "Enabled" else f"Auto: the cluster has kind {kind}")
