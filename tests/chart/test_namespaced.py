"""Namespaced installations for real: two releases side by side, each with the rights of its own namespaces."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from typing import NamedTuple

import pytest
import yaml
from tests.chart.chart import ROOT, Helm, HelmError
from tests.chart.live import LiveOperator, make_world
from tests.chart.release import Release, eventually
from tests.controlplane.kube import Kube
from tests.controlplane.world import World
from tools.devcluster.cluster import Cluster
from tools.devcluster.errors import DevclusterError

CLASS = "of-the-administrators"


class Side(NamedTuple):
    """One installation: its release, its operator and the namespace that it serves."""

    release: Release
    operator: LiveOperator
    world: World


@pytest.fixture(scope="module")
def kube(cluster: Cluster) -> Iterator[Kube]:
    """The administrator, who has brought the CRDs and a class."""
    kube = Kube(cluster.kubeconfig)
    files = sorted((ROOT / "crds").glob("*.yaml"))
    crds = [kube.apply(yaml.safe_load(file.read_text())) for file in files]
    for kind in ("ModelServer", "ModelServerClass"):
        eventually(partial(kube.serves, kind), f"{kind}s are served")
    World(kube, "").make_class(CLASS)
    yield kube
    for crd in crds:
        kube.delete("CustomResourceDefinition", crd["metadata"]["name"])
        eventually(partial(gone, kube, crd["metadata"]["name"]), "the CRD is gone")
    kube.close()


@pytest.fixture(scope="module")
def unserved(kube: Kube) -> World:
    """A team with a ModelServer, older than the others', whose namespace no installation names."""
    world = make_world(kube, "team-c")
    world.make_server(className=CLASS)
    return world


@pytest.fixture(scope="module")
def sides(cluster: Cluster, unserved: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Side]]:
    """Two installations of one name, each in a namespace of its own, each serving one team, whose model is Ready."""
    with ExitStack() as stack:
        sides = []
        for team in ("a", "b"):
            release = Release(cluster, Helm(tmp_path_factory.mktemp("helm")), f"platform-{team}")
            release.make_namespace()
            world = make_world(unserved.kube, f"team-{team}")
            world.make_server(className=CLASS)
            stack.callback(release.remove)
            release.install(values(world.namespace))
            sides.append(Side(release, stack.enter_context(LiveOperator(release)), world))
        for side in sides:
            side.world.wait_for("demo", "Ready", "True")
        yield sides


def values(*namespaces: str) -> dict[str, object]:
    """Serving these namespaces, with the CRDs that the administrator has brought."""
    return {"operator": {"namespaces": list(namespaces)}, "crds": {"enabled": False}}


def gone(kube: Kube, crd: str) -> bool:
    return kube.get("CustomResourceDefinition", crd) is None


def test_each_operator_serves_its_namespace_and_nobody_serves_another(sides: list[Side], unserved: World) -> None:
    for side in sides:
        assert side.world.condition("demo", "Ready")["status"] == "True"
    assert "status" not in unserved.server()
    assert unserved.children() == []


def test_no_operator_asks_for_what_it_may_not(sides: list[Side]) -> None:
    for side in sides:
        assert "forbidden" not in side.operator.log.read_text()


@pytest.mark.parametrize(
    ("verb", "resource", "namespace", "allowed"),
    [
        ("list", "modelservers", "team-a", True),
        ("list", "modelservers", "team-b", False),
        ("list", "modelservers", "", False),
        ("create", "deployments", "team-a", True),
        ("create", "deployments", "team-b", False),
        ("create", "deployments", "platform-a", False),
        ("patch", "modelservers/status", "team-a", True),
        ("patch", "modelservers/status", "team-b", False),
        ("delete", "persistentvolumeclaims", "team-b", False),
        ("list", "modelserverclasses", "", True),
        ("patch", "modelserverclasses", "", False),
        ("get", "secrets", "team-a", False),
        ("create", "leases", "platform-a", True),
        ("create", "leases", "platform-b", False),
    ],
)
def test_an_operator_cannot_reach_beyond_its_namespaces(
    sides: list[Side], verb: str, resource: str, namespace: str, allowed: bool
) -> None:
    account = "--as=system:serviceaccount:platform-a:modelserver"
    where = f"--namespace={namespace}" if namespace else "--all-namespaces"
    try:
        name, _, part = resource.partition("/")
        asked = (verb, name, f"--subresource={part}", where, account)
        said = sides[0].release.cluster.kubectl("auth", "can-i", *asked)
    except DevclusterError as error:  # kubectl exits with 1 to say no
        said = str(error)
    assert said.strip().endswith("yes" if allowed else "no")


def test_a_namespace_is_served_by_one_release(cluster: Cluster, sides: list[Side], helm: Helm) -> None:
    third = Release(cluster, helm, "platform-c")
    third.make_namespace()
    with pytest.raises(HelmError, match='Role "modelserver-operator" in namespace "team-b" exists'):
        third.install(values("team-b"))
    third.remove()
