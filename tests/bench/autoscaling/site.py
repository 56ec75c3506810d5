"""Where autoscaling is measured: real autoscalers, the operator under the chart's rights, and pods that are played."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.autoscaling import site as installation
from tests.autoscaling.background import Background
from tests.autoscaling.fleet import Fleet, addresses
from tests.autoscaling.node import node
from tests.chart.chart import Helm
from tests.controlplane.conftest import prepared
from tests.controlplane.kube import Kube, eventually
from tests.controlplane.process import Operator
from tests.controlplane.world import ON_BARE_NODE, World
from tools.devcluster.cluster import Cluster

CLASS = "bench"
NODE = "bare"
TARGET = 12  # unfinished requests that a pod should have
PATIENCE_SECONDS = 600.0


@dataclass(frozen=True)
class Site:
    """A cluster, its administrator, what plays its pods, and the operator, which is ready. `folder` is for anything."""

    kube: Kube
    fleet: Fleet
    operator: Operator
    audit_log: Path
    folder: Path

    def make_servers(self, namespace: str, names: list[str], **scaling: Any) -> None:
        """ModelServers with autoscaling, in a namespace that is made when there is none."""
        self.kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        eventually(partial(self.kube.get, "ServiceAccount", "default", namespace), "the namespace can hold pods")
        world = World(self.kube, namespace)
        world.make_claim()
        for name in names:
            world.make_server(name, className=CLASS, autoscaling={"targetUnfinishedRequests": TARGET} | scaling)

    def delete_servers(self, namespace: str, names: list[str]) -> None:
        """Delete them, and return when their pods have gone."""
        for name in names:
            self.kube.delete("ModelServer", name, namespace)
        for name in names:
            self.wait_for_pods(namespace, name, 0)

    def wait_for_pods(self, namespace: str, name: str, count: int) -> None:
        """Return when so many are Ready, and no other is there."""

        def all_are_ready() -> bool:
            pods = self.fleet.pods(namespace, name)
            return len(pods) == sum(pod.is_served() for pod in pods) == count

        eventually(all_are_ready, f"{name} has {count} pods, which are Ready", seconds=PATIENCE_SECONDS)


@contextmanager
def site(period: int) -> Iterator[Site]:
    """A cluster whose autoscalers decide every so many seconds; it ends with the block."""
    cluster = Cluster("bench-autoscaling")
    cluster.down()
    cluster.up(nodes="kwok", hpa_sync_seconds=period)
    try:
        with tempfile.TemporaryDirectory() as folder, prepared(cluster, Path(folder)) as kube, ExitStack() as stack:
            kube.apply(node(NODE))
            World(kube, CLASS).make_class(CLASS, **ON_BARE_NODE)
            background = stack.enter_context(Background())
            fleet = stack.enter_context(Fleet(kube, NODE, addresses(cluster.gateway), background))
            operator = stack.enter_context(_operator(kube, cluster, Path(folder)))
            yield Site(kube, fleet, operator, cluster.audit_log, Path(folder))
    finally:
        cluster.down()


@contextmanager
def _operator(kube: Kube, cluster: Cluster, folder: Path) -> Iterator[Operator]:
    """As the chart installs it, and serving the metric. What it has logged is of no interest for who reads figures."""
    installed = installation.Site(kube, cluster.kubeconfig, cluster.gateway, folder)
    installed.install(Helm(folder).render())
    with redirect_stdout(sys.stderr), installed.at_work(installed.operator(folder / "operator.log")) as operator:
        yield operator
