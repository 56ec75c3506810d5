"""A control plane whose autoscalers decide every second, what the chart installs there, and pods that are played."""

from collections.abc import Iterator

import pytest
from tests.autoscaling.background import Background
from tests.autoscaling.fleet import Fleet, addresses
from tests.autoscaling.node import node
from tests.autoscaling.scaled import Scaled, scaled
from tests.autoscaling.site import Site
from tests.chart.chart import Helm
from tests.controlplane.conftest import prepared
from tests.controlplane.kube import Kube
from tests.controlplane.process import Operator
from tests.controlplane.world import World, world_in
from tests.workers import Legacy, own_name
from tools.devcluster.cluster import Cluster

PERIOD_SECONDS = 1  # of the HorizontalPodAutoscalers' controller; Kubernetes' own default is 15


LAST = "test_rights.py"  # it looks back at everything that the operators have done
LONGEST = ("test_following.py", "test_metrics_api_trust.py", "test_operators.py", "test_switching.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Lets the longest files begin, so that workers end together, and brings what looks back to the end."""
    items.sort(key=lambda item: (item.path.name == LAST, item.path.name not in LONGEST))


@pytest.fixture(scope="session")
def audit_logs(worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Legacy:
    """The audit log of each worker's cluster."""
    return Legacy(worker_id, tmp_path_factory)


@pytest.fixture(scope="session")
def cluster(worker_id: str, audit_logs: Legacy) -> Iterator[Cluster]:
    """A cluster of this tier's own; what an interrupted run has left is ended first."""
    cluster = Cluster(own_name("test-autoscaling", worker_id))
    cluster.down()
    cluster.up(nodes="kwok", hpa_sync_seconds=PERIOD_SECONDS)
    yield cluster
    audit_logs.leave(cluster.audit_log)
    cluster.down()


@pytest.fixture(scope="session")
def kube(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kube]:
    """The administrator, in a cluster that has the CRDs and the chart's accounts and rights, and no operator."""
    with prepared(cluster, tmp_path_factory.mktemp("helm")) as kube:
        yield kube


@pytest.fixture(scope="session")
def site(cluster: Cluster, kube: Kube, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The chart's APIServices and their Service, which leads nowhere yet."""
    site = Site(kube, cluster.kubeconfig, cluster.gateway, tmp_path_factory.mktemp("site"))
    site.install(Helm(tmp_path_factory.mktemp("helm")).render())
    return site


@pytest.fixture(scope="session")
def background() -> Iterator[Background]:
    """What goes on while tests wait."""
    with Background() as background:
        yield background


@pytest.fixture(scope="session")
def fleet(cluster: Cluster, kube: Kube, background: Background) -> Iterator[Fleet]:
    """The pods of a node on which nothing else happens."""
    kube.apply(node("bare"))
    with Fleet(kube, "bare", addresses(cluster.gateway), background) as fleet:
        yield fleet


@pytest.fixture(scope="module")
def operator(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """An operator for all namespaces that serves the metric. It must end as it should."""
    with site.at_work(site.operator(tmp_path_factory.mktemp("operator") / "operator.log")) as operator:
        yield operator


@pytest.fixture
def world(kube: Kube, fleet: Fleet, request: pytest.FixtureRequest) -> Iterator[World]:
    """A namespace with a claim for the model; its pods end with it, whatever they still serve."""
    with world_in(kube, request.node.nodeid) as world:
        yield world
        fleet.finish_all(world.namespace)


@pytest.fixture
def demo(world: World, fleet: Fleet, background: Background) -> Iterator[Scaled]:
    """ModelServer `demo`, which is not applied yet."""
    with scaled(world, fleet, background, "demo") as demo:
        yield demo
