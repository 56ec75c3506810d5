"""What people may do who are bound to Kubernetes' own roles in one namespace: real requests in their names."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from tests.chart.chart import Helm, Manifest
from tests.chart.release import Release, eventually
from tests.controlplane.kube import Kube
from tests.controlplane.world import World
from tools.devcluster.cluster import Cluster

ROLES = ("view", "edit", "admin")
TEAM, OTHER = "users-team", "users-other"
SERVERS = "/apis/modelserver.dev/v1alpha1/namespaces/{}/modelservers"
CLASSES = "/apis/modelserver.dev/v1alpha1/modelserverclasses"
ALL, WRITERS, NOBODY = set(ROLES), {"edit", "admin"}, set[str]()

# What is asked for, how, and who may. Nothing of it is carried out: writes are dry runs.
REQUESTS: dict[str, tuple[str, str, Any, set[str]]] = {
    "list ModelServers": ("GET", SERVERS.format(TEAM), None, ALL),
    "read one": ("GET", SERVERS.format(TEAM) + "/demo", None, ALL),
    "read its status": ("GET", SERVERS.format(TEAM) + "/demo/status", None, ALL),
    "read its scale": ("GET", SERVERS.format(TEAM) + "/demo/scale", None, ALL),
    "create one": ("POST", SERVERS.format(TEAM), "another", WRITERS),
    "change one": ("PATCH", SERVERS.format(TEAM) + "/demo", {"spec": {"paused": True}}, WRITERS),
    "scale one": ("PATCH", SERVERS.format(TEAM) + "/demo/scale", {"spec": {"replicas": 2}}, WRITERS),
    "delete one": ("DELETE", SERVERS.format(TEAM) + "/demo", None, WRITERS),
    "delete all": ("DELETE", SERVERS.format(TEAM), None, WRITERS),
    "write its status": ("PATCH", SERVERS.format(TEAM) + "/demo/status", {"status": {"url": "http://x"}}, NOBODY),
    "list those of others": ("GET", SERVERS.format(OTHER), None, NOBODY),
    "create one for others": ("POST", SERVERS.format(OTHER), "another", NOBODY),
    "list classes": ("GET", CLASSES, None, ALL),
    "read a class": ("GET", CLASSES + "/cpu", None, ALL),
    "change a class": ("PATCH", CLASSES + "/cpu", {"spec": {"image": "r.example.com/evil:1"}}, NOBODY),
    "delete a class": ("DELETE", CLASSES + "/cpu", None, NOBODY),
}


@pytest.fixture(scope="module")
def kube(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kube]:
    """A release, two namespaces, and in one of them a ModelServer and a user for each role."""
    release = Release(cluster, Helm(tmp_path_factory.mktemp("helm")))
    release.make_namespace()
    release.install({"defaultClass": "cpu"})
    kube = Kube(cluster.kubeconfig)
    for namespace in (TEAM, OTHER):
        kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    for role in ROLES:
        kube.apply(binding(role))
    World(kube, TEAM).make_server(className="cpu")
    # Kubernetes adds the chart's roles to its own a moment later.
    for request in ("read one", "change one"):  # of two roles of the chart
        for role in [role for role in ROLES if role in REQUESTS[request][3]]:
            eventually(partial(may, kube, role, request), f"{role} holds what the chart adds to it")
    yield kube
    kube.close()
    release.remove_everything()


def binding(role: str) -> Manifest:
    """A user of the role's own name, bound to it in the team's namespace."""
    group = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{group}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": role, "namespace": TEAM},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": group, "kind": "User", "name": role}],
    }


def may(kube: Kube, user: str, request: str) -> bool:
    """Whether the API server does it for this user; what it refuses for another reason than rights fails."""
    verb, where, body, _ = REQUESTS[request]
    headers = {"Impersonate-User": user, "Content-Type": "application/merge-patch+json"}
    if verb == "POST":
        headers["Content-Type"] = "application/json"
        body = World(kube, where.split("/")[5]).server_manifest(body, className="cpu")
    query = {} if verb == "GET" else {"dryRun": "All"}
    answer = kube.raw(verb, where, headers=headers, params=query, json=body)
    assert answer.is_success or answer.status_code == 403, answer.text
    return answer.is_success


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("request_", REQUESTS)
def test_who_may_do_what(kube: Kube, request_: str, role: str) -> None:
    assert may(kube, role, request_) is (role in REQUESTS[request_][3])


@pytest.mark.parametrize(("user", "allowed"), [*((role, True) for role in ROLES), ("somebody", False)])
def test_who_may_read_a_modelserver_may_read_what_it_is_scaled_by(kube: Kube, user: str, allowed: bool) -> None:
    """Whoever serves the metric: the API server asks for this right before it passes the question on."""
    metric = {"group": "custom.metrics.k8s.io", "resource": "modelservers.modelserver.dev", "name": "demo"}
    attributes = {**metric, "subresource": "unfinished_requests", "verb": "get", "namespace": TEAM}
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview"}
    spec = {"user": user, "resourceAttributes": attributes}
    answer = kube.raw("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", json={**review, "spec": spec})
    assert answer.json()["status"]["allowed"] is allowed


@pytest.mark.parametrize("request_", ["list ModelServers", "create one", "change a class"])
def test_who_is_bound_to_nothing_may_nothing(kube: Kube, request_: str) -> None:
    assert not may(kube, "somebody", request_)
