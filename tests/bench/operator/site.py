"""Where the operator is measured: a development cluster whose nodes only pretend, under the chart's rights."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.controlplane.conftest import RELEASE_NAMESPACE, prepared
from tests.controlplane.kube import Kube, Manifest, eventually
from tests.controlplane.process import Operator, account
from tests.controlplane.world import World
from tools.devcluster.cluster import Cluster
from tools.devcluster.fake_node import MANAGED

ACCOUNT = "modelserver"
CLASS = "bench"
PODS_OF_A_NODE = 110
A_NAMESPACE_HOLDS = 100  # ModelServers, about what a large team has


@dataclass(frozen=True)
class Site:
    """A running cluster, its administrator, and what the operator logs in with."""

    cluster: Cluster
    kube: Kube
    kubeconfig: Path
    folder: Path

    def operator(self) -> Operator:
        """An operator for the whole cluster as the chart runs it, leader election included; not started."""
        return Operator(self.kubeconfig, self.folder / "operator.log", pod_namespace=RELEASE_NAMESPACE)

    def make_namespaces(self, prefix: str, objects: int) -> None:
        """Namespaces PREFIX-0, PREFIX-1, ... for so many ModelServers, each with a bound claim for the model."""
        for number in range(-(-objects // A_NAMESPACE_HOLDS)):
            self._make_namespace(f"{prefix}-{number}")

    def _make_namespace(self, name: str) -> None:
        self.kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        eventually(partial(self.kube.get, "ServiceAccount", "default", name), "the namespace can hold pods")
        World(self.kube, name).make_claim()


@contextmanager
def site(pods: int) -> Iterator[Site]:
    """A cluster for so many pods; it ends with the block."""
    cluster = Cluster("bench-operator")
    cluster.down()
    cluster.up(nodes="kwok")
    try:
        with tempfile.TemporaryDirectory() as place, prepared(cluster, folder := Path(place)) as kube:
            World(kube, CLASS).make_class(CLASS)
            _make_nodes(kube, pods)
            kubeconfig = account(kube, cluster.kubeconfig, folder, RELEASE_NAMESPACE, ACCOUNT)
            yield Site(cluster, kube, kubeconfig, folder)
    finally:
        cluster.down()


def _make_nodes(kube: Kube, pods: int) -> None:
    """Besides the cluster's own. Each is ready in a moment: kwok sees to it."""
    names = [f"bench-{number}" for number in range(-(-pods // PODS_OF_A_NODE))]
    for name in names:
        kube.create(_node(name))
    for name in names:
        eventually(partial(_is_ready, kube, name), f"node {name} is ready")


def _node(name: str) -> Manifest:
    capacity = {"cpu": "256", "memory": "2Ti", "ephemeral-storage": "1Ti", "pods": str(PODS_OF_A_NODE)}
    labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "annotations": MANAGED, "labels": labels},
        "status": {"capacity": capacity, "allocatable": capacity},
    }


def _is_ready(kube: Kube, node: str) -> bool:
    conditions = kube.read("Node", node)["status"].get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
