"""What the tests of the chart share: Helm, and one cluster with a real API server and pods that only seem to run."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.chart.chart import Helm, Rendered
from tests.chart.release import Release
from tests.workers import own_name
from tools.devcluster.cluster import Cluster

LONGEST = ("test_upgrades.py", "test_release.py", "test_metrics_api.py", "test_live.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest files begin, so that workers end together."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture(scope="session")
def rendered_before() -> dict[str, str]:
    """What Helm has made of values, for all tests."""
    return {}


@pytest.fixture
def helm(tmp_path: Path, rendered_before: dict[str, str]) -> Helm:
    """Helm with an empty home."""
    return Helm(tmp_path, rendered_before)


@pytest.fixture
def rendered(helm: Helm) -> Rendered:
    """The chart with its default values."""
    return helm.render()


@pytest.fixture(scope="session")
def cluster(worker_id: str) -> Iterator[Cluster]:
    """A cluster of this tier's own."""
    cluster = Cluster(own_name("test-chart", worker_id))
    cluster.down()
    cluster.up(nodes="kwok")
    yield cluster
    cluster.down()


@pytest.fixture
def release(cluster: Cluster, helm: Helm) -> Iterator[Release]:
    """A release that is not installed yet, in a namespace under restricted Pod Security; afterwards nothing is left."""
    release = Release(cluster, helm)
    release.make_namespace()
    yield release
    release.remove_everything()
