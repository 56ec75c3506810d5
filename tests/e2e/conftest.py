"""The demo's way for all tests of this folder: a cluster for each worker, one operator, one served model.

An engine takes half a minute to start, so that tests share the server "shared" and leave it as they found it. The one
test that ends it runs last.
"""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.e2e import fleet, installed
from tests.e2e import packed as made
from tests.e2e.served import EMOTIONS, Served, modelserver
from tests.waiting import until
from tests.workers import own_name
from tools.demo import release, volumes
from tools.demo.cluster import DemoCluster
from tools.demo.kubectl import Kubectl
from tools.devcluster.cluster import Cluster
from tools.setup import engine, model
from tools.setup.recorder import Recorder
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # published without types

NAMESPACE = "team"
READY_SECONDS = 600  # 30 on an idle machine
LAST = "test_end.py"
HPA_SYNC_SECONDS = 1  # what autoscalers decide is the same as every 15 s, and takes less waiting
OWN_CLUSTERS = ("test_demo.py", "test_devcluster.py")
# Tests with servers of their own: in a second cluster they end when those of the shared server do.
WITHOUT_SHARED = ("test_download.py", "test_full_pool.py", "test_rollouts.py", "test_trouble.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What ends the shared server comes last."""
    items.sort(key=lambda item: item.path.name == LAST)


class ByCluster(LoadScopeScheduling):  # type: ignore[misc]
    """Gives all that shares a cluster to one worker. Files with clusters of their own can be another's."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file.endswith(OWN_CLUSTERS):
            return file
        return "without shared" if file.endswith(WITHOUT_SHARED) else "shared"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByCluster:
    """Has pytest-xdist ask the above."""
    return ByCluster(config, log)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Logs, values and the links that volumes point at."""
    return tmp_path_factory.mktemp("e2e")


@pytest.fixture(scope="session")
def recorder(folder: Path) -> Recorder:
    """The log of everything that is run."""
    return Recorder(folder / "e2e.log")


@pytest.fixture(scope="session")
def cluster_name(worker_id: str) -> str:
    """The name of the worker's cluster."""
    return own_name("e2e", worker_id)


@pytest.fixture(scope="session")
def cluster(recorder: Recorder, cluster_name: str) -> Iterator[DemoCluster]:
    """A cluster of these tests' own, with the images on its node."""
    cluster = DemoCluster(cluster_name)
    cluster.down()
    cluster.up(recorder, hpa_sync_seconds=HPA_SYNC_SECONDS)
    try:
        cluster.load_images(recorder)
        yield cluster
    finally:
        cluster.down()


@pytest.fixture(scope="session")
def kubectl(cluster: DemoCluster) -> Kubectl:
    """kubectl as the administrator."""
    return cluster.kubectl()


@pytest.fixture(scope="session")
def operator(cluster: DemoCluster, kubectl: Kubectl, recorder: Recorder, folder: Path) -> None:
    """The chart, installed."""
    release.install(recorder, kubectl, installed.values(), folder)


@pytest.fixture(scope="session")
def namespace(kubectl: Kubectl, folder: Path) -> str:
    """A namespace under restricted Pod Security, with the claims of model, vectors and engine."""
    made = model.folder()
    offer(kubectl, NAMESPACE, folder, {"models": made, "vectors": made / "vectors"})
    return NAMESPACE


def offer(kubectl: Kubectl, namespace: str, folder: Path, claims: Mapping[str, Path]) -> None:
    """Make the namespace, with these folders and the engine's as claims."""
    kubectl.apply(release.restricted(namespace))
    for claim, target in {**claims, release.ENGINE_CLAIM: engine.folder()}.items():
        link = volumes.pointer(folder / "volumes" / namespace / claim, target)
        kubectl.apply(*volumes.read_only(claim, namespace, link))


@pytest.fixture(scope="session")
def fleet_namespace(kubectl: Kubectl, folder: Path) -> str:
    """A namespace for servers with the scripted engine, which is there as a claim, and a model as "one" and as "two":
    of a model that nobody computes with, its config.json is all that is looked at."""
    for name in ("one", "two"):
        (folder / "two-models" / name).mkdir(parents=True)
        shutil.copy(model.folder() / "model" / "config.json", folder / "two-models" / name)
    claims = {"models": folder / "two-models", "vectors": model.folder() / "vectors", fleet.CLAIM: fleet.SCRIPT}
    offer(kubectl, fleet.NAMESPACE, folder, claims)
    return fleet.NAMESPACE


@pytest.fixture(scope="session")
def shared(operator: None, kubectl: Kubectl, namespace: str) -> Served:
    """A Ready server that all tests may ask."""
    spec = {"engine": {"maxContextTokens": 512, "maxSequences": 8}, "rollout": {"drainSeconds": 300}}
    admission = {"admission": {"queueTimeoutSeconds": 60, "requestTimeoutSeconds": 240}}
    kubectl.apply(modelserver("shared", namespace, servedNames=["team/shared"], emotions=EMOTIONS, **spec, **admission))
    served = Served(kubectl, namespace, "shared")
    until(served.ready, READY_SECONDS, "the shared server is Ready")
    return served


@pytest.fixture(scope="session")
def packed(operator: None, cluster_name: str, kubectl: Kubectl, namespace: str, folder: Path) -> Iterator[Served]:
    """A Ready server whose model is in an image, and whose clients have keys."""
    made.load_model(Cluster(cluster_name), folder)
    kubectl.apply(made.keys(namespace, made.KEYS), made.server(namespace))
    served = Served(kubectl, namespace, "packed")
    until(served.ready, READY_SECONDS, "the server is Ready")
    yield served
    kubectl.run("delete", "ms", "packed", *served.here, "--ignore-not-found")  # one test deletes all servers
    until(lambda: not served.pods(), READY_SECONDS, "its pods are gone")


@pytest.fixture(scope="session")
def packed_url(cluster: DemoCluster, packed: Served) -> str:
    """Its Service, as this machine reaches it."""
    return cluster.address(packed.namespace, packed.name)


@pytest.fixture(scope="session")
def url(cluster: DemoCluster, shared: Served) -> str:
    """The shared server's Service, as this machine reaches it."""
    return cluster.address(shared.namespace, shared.name)
