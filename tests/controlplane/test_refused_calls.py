"""What the API server lets the operator neither read nor remove is said in the status, and tried again."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.controlplane.kube import API, Kube, Manifest
from tests.controlplane.policy import policy
from tests.controlplane.process import Operator, account
from tests.controlplane.world import World
from tools.devcluster.cluster import Cluster

RBAC = "rbac.authorization.k8s.io"
INGRESS = {"ingress": {"host": "demo.example.com"}}


def may_delete(world: World) -> None:
    metadata = {"name": "probe", "namespace": world.namespace}
    spec = {"defaultBackend": {"service": {"name": "none", "port": {"number": 80}}}}
    world.kube.apply({"apiVersion": API["Ingress"], "kind": "Ingress", "metadata": metadata, "spec": spec})
    world.kube.delete("Ingress", "probe", world.namespace)


def test_what_may_not_be_removed_is_said(world: World, own_operator: Callable[..., Operator]) -> None:
    own_operator(rejected_retry_seconds=1).start()
    world.make_class(allowed={"hosts": ["demo.example.com"]})
    world.make_server(expose=INGRESS)
    world.wait_for("demo", "Ready", "True")
    rule = {"apiGroups": ["networking.k8s.io"], "resources": ["ingresses"], "operations": ["DELETE"]}
    validation = {"expression": "false", "message": "Ingresses stay"}
    with policy(world, rule, validation, probe=lambda: may_delete(world)):
        world.make_server()
        condition = world.wait_for("demo", "Reconciled", "False", "RejectedByAPIServer")
        assert "Ingress demo could not be removed" in condition["message"]
        assert "Ingresses stay" in condition["message"]
    world.wait_for("demo", "Ready", "True")
    assert world.kube.get("Ingress", "demo", world.namespace) is None


def made(kind: str, world: World, **content: object) -> Manifest:
    """An object of the cluster's with the name of the test's namespace."""
    return {"apiVersion": API[kind], "kind": kind, "metadata": {"name": world.namespace}} | content


@pytest.fixture
def short_of_rights(kube: Kube, cluster: Cluster, world: World, tmp_path: Path) -> Iterator[Path]:
    """The kubeconfig of an account that may do what the chart's may, but for reading a NetworkPolicy."""
    rules = [_without_policies(rule) for rule in kube.read("ClusterRole", "modelserver")["rules"]]
    subject = {"kind": "ServiceAccount", "name": "short", "namespace": world.namespace}
    role = {"apiGroup": RBAC, "kind": "ClusterRole", "name": world.namespace}
    kube.apply(
        made("ServiceAccount", world) | {"metadata": {key: subject[key] for key in ("name", "namespace")}},
    )
    kube.apply(made("ClusterRole", world, rules=rules))
    kube.apply(made("ClusterRoleBinding", world, roleRef=role, subjects=[subject]))
    yield account(kube, cluster.kubeconfig, tmp_path, world.namespace, "short")
    for kind in ("ClusterRoleBinding", "ClusterRole"):
        kube.delete(kind, world.namespace)


def _without_policies(rule: Manifest) -> Manifest:
    """The operator's watches go on, which need other verbs."""
    others = [verb for verb in rule["verbs"] if verb != "get"]
    return rule | {"verbs": others} if "networkpolicies" in rule["resources"] else rule


def test_what_may_not_be_read_is_said(world: World, short_of_rights: Path, tmp_path: Path) -> None:
    """As after an upgrade that had the right to bring everything but the roles."""
    log = tmp_path / "operator.log"
    operator = Operator(short_of_rights, log, namespaces=[world.namespace], rejected_retry_seconds=1).start()
    try:
        world.make_class()
        world.make_server()
        condition = world.wait_for("demo", "Reconciled", "False", "RejectedByAPIServer")
        assert "kind NetworkPolicy could not be read" in condition["message"]
        assert world.kube.get("Deployment", "demo", world.namespace) is None
        world.kube.apply(
            made("ClusterRole", world, rules=world.kube.read("ClusterRole", "modelserver")["rules"]),
        )
        world.wait_for("demo", "Ready", "True")
    finally:
        operator.kill()
        print(operator.said())
