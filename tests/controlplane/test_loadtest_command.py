"""`modelserver loadtest NAME` through a real API server, as somebody with the role edit of a namespace, or with view.

Nothing of the operator is needed: ModelServer, Service and pod are played, and at the pod's address a real runtime
answers, around a scripted engine.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.bench.runtime.process import Server, config, serving
from tests.controlplane.kube import Kube, Manifest, eventually
from tests.controlplane.kubelet import ago, say
from tests.controlplane.person import person
from tests.controlplane.world import World
from tools.devcluster.cluster import Cluster

from modelserver_operator.cli import main

BEHIND, NEAR, ALONE = "behind", "near", "alone"
UNPRIVILEGED = {
    "runAsNonRoot": True,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


@pytest.fixture(scope="module")
def runtime(cluster: Cluster, shared_world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """What answers: behind a Service, and at the address of a ModelServer near by. One has neither pod nor Service."""
    world, start = shared_world, config("unused", 8, 8, {})
    with serving(tmp_path_factory.mktemp("runtime"), start, 0.002, sys.executable, (cluster.gateway, 0)) as server:
        port = server.ports["shell"]
        _told(world, BEHIND, _inside(world, BEHIND))
        _told(world, NEAR, f"http://{cluster.gateway}:{port}")
        _told(world, ALONE, _inside(world, ALONE))
        _service(world, _pod(world, cluster.gateway), cluster.gateway, port)
        yield server


def _inside(world: World, name: str) -> str:
    """An address that nobody on this machine knows."""
    return f"http://{name}.{world.namespace}.svc"


def _told(world: World, name: str, url: str) -> None:
    """A ModelServer, and what an operator says of it."""
    world.make_server(name)
    status = {"status": {"url": url, "readyReplicas": 1}}
    world.kube.patch("ModelServer", name, world.namespace, status, subresource="status")


def _service(world: World, pod: Manifest, address: str, port: int) -> None:
    """It has no selector, and so no controller looks after its Endpoints. The API server's proxy goes by these, and not
    by EndpointSlices; and only to an address that the status of a pod has, too."""
    metadata = {"name": BEHIND, "namespace": world.namespace}
    spec = {"ports": [{"name": "http", "port": 80}]}
    world.kube.apply({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec})
    addresses = [{"ip": address, "targetRef": {"kind": "Pod", **pod["metadata"]}}]
    subsets = [{"addresses": addresses, "ports": [{"name": "http", "port": port}]}]
    world.kube.apply({"apiVersion": "v1", "kind": "Endpoints", "metadata": metadata, "subsets": subsets})


def _pod(world: World, address: str) -> Manifest:
    """One that no node gets, and whose kubelet is the test."""
    metadata = {"name": BEHIND, "namespace": world.namespace}
    container = {"name": "runtime", "image": "i", "securityContext": UNPRIVILEGED}
    spec = {"schedulingGates": [{"name": "example.com/played"}], "containers": [container]}
    pod: Manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
    world.kube.apply(pod)
    say(world, pod, phase="Running", ready=True, address=address, state={"running": {"startedAt": ago()}})
    return pod


@pytest.fixture(scope="module")
def editor(
    cluster: Cluster, kube: Kube, shared_world: World, runtime: Server, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    return person(cluster, kube, tmp_path_factory.mktemp("editor"), shared_world.namespace, "edit")


def loadtest(kubeconfig: Path, name: str) -> Result:
    load = ("--requests", "6", "--concurrency", "2", "--warm-up", "0s", "-o", "json")
    return CliRunner().invoke(main, ["loadtest", name, "--kubeconfig", str(kubeconfig), *load])


def measured(kubeconfig: Path, name: str) -> dict[str, object]:
    """The report's target. The roles of the chart become part of edit after some moments, and so do addresses of a
    Service."""

    def told() -> Result | None:
        result = loadtest(kubeconfig, name)
        return result if result.exit_code == 0 else None

    report = json.loads(eventually(told, "the account may ask the server").stdout)
    assert report["overall"]["answered"] == 6
    target: dict[str, object] = report["target"]
    assert target["readyPods"] == 1
    return target


def refused(kubeconfig: Path, name: str, words: str) -> str:
    """What is told, once it has these words: see above."""

    def told() -> Result | None:
        result = loadtest(kubeconfig, name)
        return result if words in result.stderr else None

    result = eventually(told, words)
    assert (result.exit_code, result.stdout) == (1, "")
    return result.stderr


def around(world: World, name: str) -> str:
    return f"kubectl port-forward -n {world.namespace} service/{name} 8000:80"


def test_a_modelserver_is_asked_through_the_api_server(editor: Path, shared_world: World) -> None:
    target = measured(editor, BEHIND)
    assert (target["way"], target["modelServer"]) == ("ServiceProxy", f"{shared_world.namespace}/{BEHIND}")
    assert str(target["url"]).endswith(f"/namespaces/{shared_world.namespace}/services/{BEHIND}%3Ahttp/proxy")
    assert str(target["server"]).startswith("modelserver ")
    assert "adds its own time" in str(target["note"])


def test_its_address_is_asked_where_that_answers_from_here(editor: Path, shared_world: World) -> None:
    target = measured(editor, NEAR)
    assert (target["way"], target["url"], target["note"]) == ("Direct", shared_world.server(NEAR)["status"]["url"], "")
    assert target["modelServer"] == f"{shared_world.namespace}/{NEAR}"


def test_who_may_not_is_told_which_right_is_missing_and_the_way_around(
    cluster: Cluster, kube: Kube, shared_world: World, runtime: Server, tmp_path: Path
) -> None:
    viewer = person(cluster, kube, tmp_path, shared_world.namespace, "view")
    said = refused(viewer, BEHIND, "services/proxy")
    assert "takes the right to get and create services/proxy, which the role edit has" in said
    assert around(shared_world, BEHIND) in said


def test_who_may_only_look_is_told_before_anything_is_asked(
    cluster: Cluster, kube: Kube, shared_world: World, runtime: Server, tmp_path: Path
) -> None:
    rights = {"": ["services/proxy"], "modelserver.dev": ["modelservers"]}
    rules = [{"apiGroups": [group], "resources": names, "verbs": ["get"]} for group, names in rights.items()]
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "may-look"}}
    kube.apply(role | {"rules": rules})
    looker = person(cluster, kube, tmp_path, shared_world.namespace, "may-look")
    said = refused(looker, BEHIND, f"you may not create services/proxy of {BEHIND}")
    assert around(shared_world, BEHIND) in said


def test_a_service_that_is_not_there_is_told(editor: Path, shared_world: World) -> None:
    said = refused(editor, ALONE, f'"{ALONE}" not found')
    assert said.startswith("Error: The server has no Service")
    assert f"modelserver status {ALONE} -n {shared_world.namespace}" in said


def test_a_name_that_nobody_has_is_told(editor: Path, shared_world: World) -> None:
    assert refused(editor, "nobody", "There is no ModelServer").strip().endswith(f"namespace {shared_world.namespace}.")
