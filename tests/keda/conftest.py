"""A control plane whose autoscalers decide every second, KEDA in it, and an operator that could do without KEDA."""

from collections.abc import Iterator

import pytest
from tests.autoscaling.background import Background
from tests.autoscaling.conftest import PERIOD_SECONDS, background, fleet, kube, site, world
from tests.autoscaling.fleet import Fleet
from tests.autoscaling.site import Site
from tests.controlplane.kube import Kube
from tests.controlplane.process import Operator
from tests.controlplane.world import World
from tests.keda.processes import Keda
from tests.keda.scaled import ByKeda, by_keda
from tests.workers import own_name
from tools.devcluster.cluster import Cluster

__all__ = ["background", "fleet", "kube", "site", "world"]  # as they are in that tier


@pytest.fixture(scope="session")
def cluster(worker_id: str) -> Iterator[Cluster]:
    """A cluster of this tier's own; what an interrupted run has left is ended first."""
    cluster = Cluster(own_name("test-keda", worker_id))
    cluster.down()
    cluster.up(nodes="kwok", hpa_sync_seconds=PERIOD_SECONDS)
    yield cluster
    cluster.down()


@pytest.fixture(scope="session")
def keda(kube: Kube, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keda]:
    """KEDA at work."""
    with Keda(kube, cluster.kubeconfig, cluster.gateway, tmp_path_factory.mktemp("keda")) as keda:
        yield keda


@pytest.fixture(scope="module")
def operator(site: Site, keda: Keda, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """An operator for all namespaces that serves the metric, where KEDA is already; nothing fails in it."""
    with site.at_work(site.operator(tmp_path_factory.mktemp("operator") / "operator.log")) as operator:
        yield operator
        assert "Traceback" not in operator.said()


@pytest.fixture
def demo(world: World, fleet: Fleet, background: Background) -> Iterator[ByKeda]:
    """ModelServer `demo`, which is not applied yet."""
    with by_keda(world, fleet, background, "demo") as demo:
        yield demo
