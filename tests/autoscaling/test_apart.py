"""Every ModelServer has a load of its own."""

from collections.abc import Iterator
from functools import partial

import pytest
from tests.autoscaling.background import Background
from tests.autoscaling.fleet import Fleet
from tests.autoscaling.scaled import TARGET, Scaled, scaled
from tests.autoscaling.site import Site
from tests.controlplane.kube import Kube, eventually
from tests.controlplane.world import World, world_in

pytestmark = pytest.mark.usefixtures("operator")


@pytest.fixture
def other(world: World, fleet: Fleet, background: Background) -> Iterator[Scaled]:
    """Another one of the same namespace."""
    with scaled(world, fleet, background, "other") as other:
        yield other


@pytest.fixture
def namesake(kube: Kube, fleet: Fleet, background: Background, request: pytest.FixtureRequest) -> Iterator[Scaled]:
    """One of the same name in another namespace."""
    with (
        world_in(kube, f"{request.node.nodeid} namesake") as world,
        scaled(world, fleet, background, "demo") as namesake,
    ):
        yield namesake


def test_two_of_one_namespace_and_of_two_do_not_see_each_others_metric(
    demo: Scaled, other: Scaled, namesake: Scaled, site: Site
) -> None:
    servers = (demo, other, namesake)
    for number, server in enumerate(servers, 1):
        server.played.queue = number * TARGET
        server.asks()
    for number, server in enumerate(servers, 1):
        server.rests(number)
        eventually(partial(has_load, site, server, number * TARGET), f"{server.name} has its own load")
    namesake.played.queue = 0
    namesake.rests(1)
    assert [server.sizes.seen for server in servers] == [[1], [1, 2], [1, 3, 1]]


def has_load(site: Site, server: Scaled, number: int) -> bool:
    """Whether scalers read that."""
    return site.metric(server.world.namespace, server.name) == number
