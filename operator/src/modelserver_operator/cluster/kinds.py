"""The kinds that the operator touches and where the API server serves them. A short, fixed list: no discovery."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """One kind: its apiVersion, name, plural, and whether its objects live in a namespace."""

    api_version: str
    name: str
    plural: str
    namespaced: bool = True

    def path(self, namespace: str | None = None, name: str | None = None, subresource: str | None = None) -> str:
        """The URL path of one object, or, without `name`, of the collection (in all namespaces without `namespace`)."""
        root = ["api"] if "/" not in self.api_version else ["apis"]
        scope = ["namespaces", namespace] if self.namespaced and namespace else []
        rest = [part for part in (self.plural, name, subresource) if part]
        return "/" + "/".join([*root, self.api_version, *(quote(part, safe="") for part in (*scope, *rest))])

    @property
    def group(self) -> str:
        """The API group; empty for the core group."""
        return self.api_version.rpartition("/")[0]

    @property
    def version(self) -> str:
        """The version within the group."""
        return self.api_version.rpartition("/")[2]


MODEL_SERVER = Kind("modelserver.dev/v1alpha1", "ModelServer", "modelservers")
MODEL_SERVER_CLASS = Kind("modelserver.dev/v1alpha1", "ModelServerClass", "modelserverclasses", namespaced=False)
CONFIG_MAP = Kind("v1", "ConfigMap", "configmaps")
SERVICE = Kind("v1", "Service", "services")
POD = Kind("v1", "Pod", "pods")
DEPLOYMENT = Kind("apps/v1", "Deployment", "deployments")
REPLICA_SET = Kind("apps/v1", "ReplicaSet", "replicasets")
EVENT = Kind("events.k8s.io/v1", "Event", "events")
SERVICE_ACCOUNT = Kind("v1", "ServiceAccount", "serviceaccounts")
PERSISTENT_VOLUME_CLAIM = Kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims")
NETWORK_POLICY = Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies")
POD_DISRUPTION_BUDGET = Kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets")
INGRESS = Kind("networking.k8s.io/v1", "Ingress", "ingresses")
HTTP_ROUTE = Kind("gateway.networking.k8s.io/v1", "HTTPRoute", "httproutes")
PROMETHEUS_RULE = Kind("monitoring.coreos.com/v1", "PrometheusRule", "prometheusrules")
SERVICE_MONITOR = Kind("monitoring.coreos.com/v1", "ServiceMonitor", "servicemonitors")
HORIZONTAL_POD_AUTOSCALER = Kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers")
SCALED_OBJECT = Kind("keda.sh/v1alpha1", "ScaledObject", "scaledobjects")
API_SERVICE = Kind("apiregistration.k8s.io/v1", "APIService", "apiservices", namespaced=False)
SUBJECT_ACCESS_REVIEW = Kind("authorization.k8s.io/v1", "SubjectAccessReview", "subjectaccessreviews", namespaced=False)
SELF_SUBJECT_ACCESS_REVIEW = Kind(
    "authorization.k8s.io/v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", namespaced=False
)
LEASE = Kind("coordination.k8s.io/v1", "Lease", "leases")

KINDS = {
    (kind.api_version, kind.name): kind
    for kind in (
        MODEL_SERVER,
        MODEL_SERVER_CLASS,
        CONFIG_MAP,
        SERVICE,
        POD,
        DEPLOYMENT,
        REPLICA_SET,
        EVENT,
        SERVICE_ACCOUNT,
        PERSISTENT_VOLUME_CLAIM,
        NETWORK_POLICY,
        POD_DISRUPTION_BUDGET,
        INGRESS,
        HTTP_ROUTE,
        PROMETHEUS_RULE,
        SERVICE_MONITOR,
        HORIZONTAL_POD_AUTOSCALER,
        SCALED_OBJECT,
        API_SERVICE,
        SUBJECT_ACCESS_REVIEW,
        SELF_SUBJECT_ACCESS_REVIEW,
        LEASE,
    )
}


def kind_of(manifest: Manifest) -> Kind:
    """The kind of a manifest; KeyError for one that the operator has no business with."""
    return KINDS[manifest["apiVersion"], manifest["kind"]]
