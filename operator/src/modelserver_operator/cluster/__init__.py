"""The only room that talks to Kubernetes, kopf's watches aside: plain dicts over raw paths, one login, one error tree.

The rights it uses, verb by verb; the chart's roles hold exactly these:

====================================  =====================================
modelservers, modelserverclasses      get, list, watch
modelservers/status                   patch
modelservers/finalizers               update (children block their owner's deletion)
configmaps                            get, list, watch, create, patch, delete
services, deployments                 get, list, watch, create, patch
replicasets, pods                     list, watch
events (events.k8s.io)                create
====================================  =====================================

`install-classes` runs under an account of its own: create and patch on modelserverclasses.
"""

from modelserver_operator.cluster.client import ABSENT, Cluster, uid_is
from modelserver_operator.cluster.errors import ClusterError, Conflict, NotFound, Rejected, Unavailable
from modelserver_operator.cluster.events import event
from modelserver_operator.cluster.kinds import (
    CONFIG_MAP,
    DEPLOYMENT,
    MODEL_SERVER,
    MODEL_SERVER_CLASS,
    POD,
    REPLICA_SET,
    SERVICE,
    Kind,
    Manifest,
    kind_of,
)
from modelserver_operator.cluster.login import Login, LoginError

__all__ = [
    "ABSENT",
    "CONFIG_MAP",
    "DEPLOYMENT",
    "MODEL_SERVER",
    "MODEL_SERVER_CLASS",
    "POD",
    "REPLICA_SET",
    "SERVICE",
    "Cluster",
    "ClusterError",
    "Conflict",
    "Kind",
    "Login",
    "LoginError",
    "Manifest",
    "NotFound",
    "Rejected",
    "Unavailable",
    "event",
    "kind_of",
    "uid_is",
]
