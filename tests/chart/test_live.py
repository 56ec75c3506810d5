"""Upgrade, uninstall and reinstall while models are served: what serves them stays as it is."""

import hashlib
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from tests.chart.live import LiveOperator, Running, make_world, running
from tests.chart.release import Release, eventually
from tests.controlplane.kube import Kube
from tests.controlplane.world import World

SMALL: dict[str, Any] = {
    "defaultClass": "cpu",
    "classes": {"cpu": {"resources": {"cpu": "1", "memory": "1Gi"}}},
}
NAMES = ("first", "second")


@pytest.fixture
def world(release: Release, request: pytest.FixtureRequest) -> Iterator[World]:
    """A namespace with a model, beside the release's own."""
    kube = Kube(release.cluster.kubeconfig)
    name = "t-" + hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:10]
    yield make_world(kube, name)
    kube.delete("Namespace", name)
    kube.close()


@pytest.fixture
def operator(release: Release, world: World) -> Iterator[LiveOperator]:
    """The release's operator, with two ModelServers that are Ready."""
    release.install(SMALL)
    with LiveOperator(release) as operator:
        for name in NAMES:
            world.make_server(name, className="default")
        for name in NAMES:
            world.wait_for(name, "Ready", "True")
        yield operator


def serving(release: Release, world: World) -> dict[str, Running]:
    """What serves each ModelServer."""
    return {name: running(release, world.namespace, name) for name in NAMES}


def answers_to(world: World, name: str) -> None:
    """An operator is at work: it does what the ModelServer asks for."""
    world.kube.patch("ModelServer", name, world.namespace, {"spec": {"replicas": 2}})
    eventually(partial(has_pods, world, name, 2), f"{name} has two pods")
    world.wait_for(name, "Ready", "True")


def has_pods(world: World, name: str, number: int) -> bool:
    return len([pod for pod in world.pods(name) if "deletionTimestamp" not in pod["metadata"]]) == number


def goes_on(before: Running, after: Running) -> bool:
    """The Deployment and its template are the same, and so are the pods, beside which there are new ones."""
    return before[:2] == after[:2] and before[2] < after[2]


def test_an_upgrade_changes_no_pod_of_what_is_served(release: Release, world: World, operator: LiveOperator) -> None:
    before = serving(release, world)
    release.upgrade(SMALL | {"operator": {"logLevel": "DEBUG", "workers": 2, "podLabels": {"release": "next"}}})
    with LiveOperator(release):
        operator.stop()
        for name in NAMES:
            answers_to(world, name)
            assert goes_on(before[name], running(release, world.namespace, name))


def test_an_uninstall_leaves_models_served_and_a_reinstall_takes_them_over(
    release: Release, world: World, operator: LiveOperator
) -> None:
    before = serving(release, world)
    operator.stop()
    assert "kept due to the resource policy" in release.uninstall()
    assert serving(release, world) == before
    world.kube.delete("ModelServer", "first", world.namespace)
    eventually(lambda: world.children("first") == [], "the garbage collector has removed what served it")
    release.install(SMALL)
    with LiveOperator(release):
        answers_to(world, "second")
        assert goes_on(before["second"], running(release, world.namespace, "second"))
