"""Requests that do without a ModelServer: the role for ModelServers gives no right to any of them."""

from dataclasses import dataclass, field

from tests.attempts.attempt import Manifest

PATCH = "application/merge-patch+json"


@dataclass(frozen=True)
class Request:
    """A request as it goes to the API server; `{namespace}` in the path is the user's own."""

    name: str
    method: str
    path: str
    body: Manifest = field(default_factory=dict)
    content: str = "application/json"


CORE = "/api/v1/namespaces/{namespace}"
APPS = "/apis/apps/v1/namespaces/{namespace}"
OURS = "/apis/modelserver.dev/v1alpha1"
SERVER = OURS + "/namespaces/{namespace}/modelservers/plain"
RIGHTS = "/apis/rbac.authorization.k8s.io/v1"

REQUESTS = (
    Request("make a pod", "POST", CORE + "/pods", {"metadata": {"name": "x"}}),
    Request("make a Deployment", "POST", APPS + "/deployments", {"metadata": {"name": "x"}}),
    Request("change the server's Deployment", "PATCH", APPS + "/deployments/plain", {"spec": {"paused": True}}, PATCH),
    Request("run a command in a pod", "POST", CORE + "/pods/plain/exec?command=sh"),
    Request("read Secrets", "GET", CORE + "/secrets"),
    Request("read the operator's Lease", "GET", "/apis/coordination.k8s.io/v1/namespaces/platform/leases"),
    Request("make a class", "POST", OURS + "/modelserverclasses", {"metadata": {"name": "x"}}),
    Request("change a class", "PATCH", OURS + "/modelserverclasses/guarded", {"spec": {"allowed": None}}, PATCH),
    Request("delete a class", "DELETE", OURS + "/modelserverclasses/guarded"),
    Request("write a status", "PATCH", SERVER + "/status", {"status": {"replicas": 7}}, PATCH),
    Request(
        "make a ModelServer elsewhere", "POST", OURS + "/namespaces/default/modelservers", {"metadata": {"name": "x"}}
    ),
    Request(
        "make a claim that a server would take up",
        "POST",
        CORE + "/persistentvolumeclaims",
        {"metadata": {"name": "x"}},
    ),
    Request("make an account that a server would use", "POST", CORE + "/serviceaccounts", {"metadata": {"name": "x"}}),
    Request("get the token of the server's account", "POST", CORE + "/serviceaccounts/default/token", {"spec": {}}),
    Request(
        "get the operator's token",
        "POST",
        "/api/v1/namespaces/platform/serviceaccounts/modelserver/token",
        {"spec": {}},
    ),
    Request(
        "get more rights",
        "POST",
        RIGHTS + "/namespaces/{namespace}/rolebindings",
        {
            "metadata": {"name": "x"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "modelserver"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "mallory"}],
        },
    ),
)
