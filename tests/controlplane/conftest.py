"""One real control plane for each worker, with nodes that only say that they run pods; a namespace for each test."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.autoscaling.background import Background
from tests.chart.chart import ROOT, Helm
from tests.controlplane import optional
from tests.controlplane.kube import Kube, eventually
from tests.controlplane.process import Operator, account
from tests.controlplane.world import OPTIONAL_KINDS, World, world_in
from tests.workers import Legacy, own_name
from tools.devcluster.cluster import Cluster

RBAC = ("ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")
HERE = Path(__file__).parent
RELEASE_NAMESPACE = "platform"  # where tests.chart.chart renders the release
# The garbage collector looks for new kinds of owners every half minute, which the first would wait for when a
# cluster is new; the second looks back at everything that the operators have done.
LAST = ("test_cache.py", "test_rights.py")
# A quarter of a minute and more each: begun first, they let the workers end together.
LONGEST = (
    "test_trouble.py",
    "test_leader.py",
    "test_process.py",
    "test_rollouts_full.py",
    "test_rollouts_kept.py",
    "test_rollouts_ready.py",
    "test_rolls.py",
    "test_settled.py",
    "test_watch_faults.py",
    "test_outage.py",
    "test_scalers.py",
)


# Of a TLS connection that is given up during its handshake Python leaves the socket to the garbage collector, which
# comes by in any later test; sessions that nobody closes are no such thing, and still fail.
GIVEN_UP = pytest.mark.filterwarnings("ignore:unclosed (transport|<socket):ResourceWarning")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Brings the files into an order in which nothing is waited for that comes by itself."""
    items.sort(key=lambda item: _turn(item.path.name))
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(GIVEN_UP)


def _turn(file: str) -> int:
    if file in LAST:
        return 1 + LAST.index(file)
    return LONGEST.index(file) - len(LONGEST) if file in LONGEST else 0


@pytest.fixture(scope="session")
def audit_logs(worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Legacy:
    """The audit log of each worker's cluster."""
    return Legacy(worker_id, tmp_path_factory)


@pytest.fixture(scope="session")
def cluster(worker_id: str, audit_logs: Legacy) -> Iterator[Cluster]:
    """A cluster of this tier's own; what an interrupted run has left is ended first."""
    cluster = Cluster(own_name("test-controlplane", worker_id))
    cluster.down()
    cluster.up(nodes="kwok")
    yield cluster
    audit_logs.leave(cluster.audit_log)
    cluster.down()


@pytest.fixture(scope="session")
def kube(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kube]:
    """The administrator, in a cluster that has the CRDs and the chart's accounts and rights, and no operator."""
    with prepared(cluster, tmp_path_factory.mktemp("helm")) as kube:
        yield kube


@contextmanager
def prepared(cluster: Cluster, folder: Path) -> Iterator[Kube]:
    """A cluster's administrator, once it has the CRDs and the chart's accounts and rights. Helm works in the folder."""
    kube = Kube(cluster.kubeconfig)
    try:
        for file in sorted((ROOT / "crds").glob("*.yaml")):
            kube.apply(yaml.load(file.read_text(), yaml.CSafeLoader))
        kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": RELEASE_NAMESPACE}})
        rendered = Helm(folder).render()
        for manifest in [each for kind in RBAC for each in rendered.all(kind)]:
            kube.apply(manifest)
        for kind in ("ModelServer", "ModelServerClass"):
            eventually(partial(kube.serves, kind), f"{kind}s are served")
        yield kube
    finally:
        kube.close()


@pytest.fixture(scope="session")
def as_account(kube: Kube, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The kubeconfig of one of the chart's ServiceAccounts."""
    folder = tmp_path_factory.mktemp("accounts")
    return lambda name: account(kube, cluster.kubeconfig, folder, RELEASE_NAMESPACE, name)


@pytest.fixture(scope="module")
def operator(as_account: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """An operator for all namespaces, as the chart installs it. It must end as it should."""
    log = tmp_path_factory.mktemp("operator") / "operator.log"
    operator = Operator(as_account("modelserver"), log, rejected_retry_seconds=2)
    with operator.at_work():
        yield operator


@pytest.fixture(scope="module")
def background() -> Iterator[Background]:
    """What goes on while tests wait."""
    with Background() as background:
        yield background


@pytest.fixture
def world(kube: Kube, request: pytest.FixtureRequest) -> Iterator[World]:
    """A namespace under restricted Pod Security, with a bound claim for the model."""
    with world_in(kube, request.node.nodeid) as world:
        yield world


@pytest.fixture(scope="module")
def shared_world(kube: Kube, request: pytest.FixtureRequest) -> Iterator[World]:
    """The same for all tests of a module, which must leave it as they found it."""
    with world_in(kube, request.node.nodeid) as world:
        yield world


@pytest.fixture(scope="module")
def optional_kinds(kube: Kube) -> Iterator[None]:
    """The cluster serves all kinds that a child can have; afterwards only its own again."""
    for kind in OPTIONAL_KINDS:
        optional.install(kube, kind)
    yield
    for kind in OPTIONAL_KINDS:
        optional.remove(kube, kind)


@pytest.fixture(scope="module")
def bare_node(kube: Kube) -> Iterator[str]:
    """A node on which nothing happens by itself, and where only the pods of these tests may go."""
    capacity = {"cpu": "8", "memory": "64Gi", "pods": "50"}
    metadata = {"name": "bare", "labels": {"bare": "yes"}}
    status = {"capacity": capacity, "allocatable": capacity}
    spec = {"taints": [{"key": "bare", "effect": "NoSchedule"}]}
    kube.apply({"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": spec, "status": status})
    yield "bare"
    kube.delete("Node", "bare")


@pytest.fixture
def own_operator(world: World, as_account: Callable[[str], Path], tmp_path: Path) -> Iterator[Callable[..., Operator]]:
    """Makes operators for the test's namespace only, not yet started; what still runs afterwards is killed."""
    made: list[Operator] = []

    def make(**settings: Any) -> Operator:
        log = tmp_path / f"operator-{len(made)}.log"
        made.append(Operator(as_account("modelserver"), log, namespaces=[world.namespace], **settings))
        return made[-1]

    yield make
    for operator in made:
        operator.kill()
        print(operator.log.read_text())
