"""The site for all tests of this folder that need one; promtool's need none, and have the other worker."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.monitoring import site as sites
from tests.monitoring.alerted import Alertmanager, alertmanager
from tests.monitoring.site import Site
from tools.demo.cluster import DemoCluster
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # published without types

ON_THE_SITE = ("test_contract.py", "test_dashboards.py", "test_live.py", "test_live_long.py")
LAST = ("test_contract.py", "test_dashboards.py")  # they look at what the troubles of the others have left


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What looks back comes last."""
    items.sort(key=lambda item: item.path.name in LAST)


class BySite(LoadScopeScheduling):  # type: ignore[misc]
    """Gives all that shares the site to one worker."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "site" if file.endswith(ON_THE_SITE) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> BySite:
    """Has pytest-xdist ask the above."""
    return BySite(config, log)


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
