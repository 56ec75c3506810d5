"""What is known of the cluster: slow things only, so that a decision does not change from pass to pass."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

HORIZONTAL_POD_AUTOSCALER = "HorizontalPodAutoscaler"  # which every cluster serves
# The optional kinds that a ModelServer may ask for.
HTTP_ROUTE, SERVICE_MONITOR, PROMETHEUS_RULE = "HTTPRoute", "ServiceMonitor", "PrometheusRule"
SCALED_OBJECT = "ScaledObject"
OPTIONAL_KINDS = frozenset({HTTP_ROUTE, SERVICE_MONITOR, PROMETHEUS_RULE, SCALED_OBJECT})


class MetricsApi(StrEnum):
    """Who serves custom.metrics.k8s.io, by its two APIServices."""

    OURS = "Ours"  # both lead to this installation's operator
    FOREIGN = "Foreign"  # at least one leads elsewhere, such as to Prometheus' adapter
    ABSENT = "Absent"  # at least one is missing, and none leads elsewhere


@dataclass(frozen=True)
class Metrics:
    """Where scalers can read the load.

    api: who serves custom.metrics.k8s.io. holder: namespace/name of the Service that a foreign APIService leads to.
    load_url: where KEDA asks the operator, such as http://modelserver-load.modelserver-system.svc:8080; empty: nowhere.
    prometheus_url: the Prometheus that KEDA asks instead; empty: none.
    """

    api: MetricsApi = MetricsApi.ABSENT
    holder: str = ""
    load_url: str = ""
    prometheus_url: str = ""

    @property
    def for_keda(self) -> bool:
        """Whether KEDA has somebody to ask."""
        return bool(self.load_url or self.prometheus_url)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """One cluster.

    kinds: the optional kinds that it serves.
    kubernetes: major and minor version; None when it is not known.
    operator_namespace: whose operator pods may reach control ports; empty when there is no operator.
    monitoring_namespaces: whose pods may read metrics; empty means those of every namespace.
    metrics: where scalers can read the load.
    runbook_url: the page to which alerts lead; empty: to the one in this project's docs.
    """

    kinds: frozenset[str]
    kubernetes: tuple[int, int] | None
    operator_namespace: str = ""
    monitoring_namespaces: tuple[str, ...] = ()
    metrics: Metrics = Metrics()
    runbook_url: str = ""


# For the command line, which has no cluster: everything is there, and the operator where the documentation installs it.
ASSUMED = Facts(
    kinds=OPTIONAL_KINDS,
    kubernetes=None,
    metrics=Metrics(MetricsApi.OURS, load_url="http://modelserver-load.modelserver-system.svc:8080"),
)
