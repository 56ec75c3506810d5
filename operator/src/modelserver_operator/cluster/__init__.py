"""The only room that talks to Kubernetes, kopf's watches aside: plain dicts over raw paths, one login, one error tree.

The rights that its calls need stand in the chart alone (templates/rbac.yaml, and templates/classes-rbac.yaml for
`install-classes`, which has an account of its own). tests/controlplane runs both under exactly those rights.
"""

from modelserver_operator.cluster.client import ABSENT, Cluster, uid_is
from modelserver_operator.cluster.errors import ClusterError, Conflict, NotFound, NotLeading, Rejected, Unavailable
from modelserver_operator.cluster.events import event
from modelserver_operator.cluster.kinds import (
    API_SERVICE,
    CONFIG_MAP,
    DEPLOYMENT,
    EVENT,
    HORIZONTAL_POD_AUTOSCALER,
    HTTP_ROUTE,
    INGRESS,
    LEASE,
    MODEL_SERVER,
    MODEL_SERVER_CLASS,
    NETWORK_POLICY,
    PERSISTENT_VOLUME_CLAIM,
    POD,
    POD_DISRUPTION_BUDGET,
    PROMETHEUS_RULE,
    REPLICA_SET,
    SCALED_OBJECT,
    SELF_SUBJECT_ACCESS_REVIEW,
    SERVICE,
    SERVICE_ACCOUNT,
    SERVICE_MONITOR,
    SUBJECT_ACCESS_REVIEW,
    Kind,
    Manifest,
    kind_of,
)
from modelserver_operator.cluster.kubeconfig import Kubeconfig, KubeconfigError
from modelserver_operator.cluster.login import Login, LoginError

__all__ = [
    "ABSENT",
    "API_SERVICE",
    "CONFIG_MAP",
    "DEPLOYMENT",
    "EVENT",
    "HORIZONTAL_POD_AUTOSCALER",
    "HTTP_ROUTE",
    "INGRESS",
    "LEASE",
    "MODEL_SERVER",
    "MODEL_SERVER_CLASS",
    "NETWORK_POLICY",
    "PERSISTENT_VOLUME_CLAIM",
    "POD",
    "POD_DISRUPTION_BUDGET",
    "PROMETHEUS_RULE",
    "REPLICA_SET",
    "SCALED_OBJECT",
    "SELF_SUBJECT_ACCESS_REVIEW",
    "SERVICE",
    "SERVICE_ACCOUNT",
    "SERVICE_MONITOR",
    "SUBJECT_ACCESS_REVIEW",
    "Cluster",
    "ClusterError",
    "Conflict",
    "Kind",
    "Kubeconfig",
    "KubeconfigError",
    "Login",
    "LoginError",
    "Manifest",
    "NotFound",
    "NotLeading",
    "Rejected",
    "Unavailable",
    "event",
    "kind_of",
    "uid_is",
]
