"""The site, which all tests of this folder share."""

from collections.abc import Iterator

import pytest
from tests.live import site as sites
from tests.live.alerted import Alertmanager, alertmanager
from tests.live.site import Site
from tools.demo.cluster import DemoCluster

LAST = ("test_contract.py", "test_dashboards.py")  # they look at what the troubles of the others have left


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What looks back comes last."""
    items.sort(key=lambda item: item.path.name in LAST)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site, in a cluster of its own or in the one that is kept for development."""
    if sites.KEPT:
        yield sites.there(sites.KEPT)
        return
    cluster = DemoCluster(sites.NAME)
    cluster.down()
    try:
        yield sites.up(sites.NAME, tmp_path_factory.mktemp("site"))
    finally:
        cluster.down()


@pytest.fixture(scope="session")
def alerted(site: Site) -> Iterator[Alertmanager]:
    """An Alertmanager that tells the webhook of these tests."""
    with alertmanager(site) as found:
        yield found
