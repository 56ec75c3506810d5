"""Emotions with operators of one namespace, under the rights that the chart gives them there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.chart.chart import Helm
from tests.controlplane.fault_proxy import FaultProxy
from tests.controlplane.kube import API, eventually
from tests.controlplane.process import Operator, account
from tests.controlplane.steered import SteeredPod, digest, emotions, live_of, steered
from tests.controlplane.test_emotions import looked_at_again
from tests.controlplane.world import World
from tools.devcluster.cluster import Cluster

pytestmark = pytest.mark.usefixtures("bare_node")


@pytest.fixture(scope="module")
def rights(shared_world: World, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The kubeconfig of an account with the rights of an installation for the test's namespace alone."""
    kube, name, folder = shared_world.kube, shared_world.namespace, tmp_path_factory.mktemp("rights")
    here = {"namespace": name}
    rendered = Helm(folder).render({"operator": {"namespaces": [name]}})
    subject = {"kind": "ServiceAccount", "name": name} | here
    kube.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name} | here})
    for kind, rendered_name in (("ClusterRole", "platform-modelserver"), ("Role", "modelserver-operator")):
        head = {"apiVersion": API[kind], "metadata": {"name": name} | (here if kind == "Role" else {})}
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name}
        kube.apply(head | {"kind": kind, "rules": rendered.one(kind, rendered_name)["rules"]})
        kube.apply(head | {"kind": f"{kind}Binding", "roleRef": reference, "subjects": [subject]})
    yield account(kube, cluster.kubeconfig, folder, name, name)
    for kind in ("ClusterRoleBinding", "ClusterRole"):
        kube.delete(kind, name)


@pytest.fixture(scope="module")
def proxy(rights: Path) -> Iterator[FaultProxy]:
    with FaultProxy(rights).running() as proxy:
        yield proxy


@pytest.fixture(scope="module")
def operator(proxy: FaultProxy, shared_world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    folder = tmp_path_factory.mktemp("proxied")
    operator = Operator(proxy.kubeconfig(folder), folder / "operator.log", namespaces=[shared_world.namespace])
    with operator.at_work():
        yield operator


@pytest.fixture(scope="module")
def pod(shared_world: World, operator: Operator) -> Iterator[SteeredPod]:
    """A server with one pod that steers as it should."""
    with steered(shared_world) as (only,):
        shared_world.wait_for("demo", "Ready", "True")
        eventually(lambda: "Ready" in posted(shared_world), "its Event is there, which comes after the status")
        yield only


def posted(world: World) -> list[str]:
    """The reasons of the Events about the server."""
    events = [each for each in world.kube.list("Event", world.namespace) if each["regarding"]["kind"] == "ModelServer"]
    return sorted(each["reason"] for each in events)


def test_a_new_operator_that_does_not_hear_a_pod_at_once_writes_nothing(
    shared_world: World, operator: Operator, proxy: FaultProxy, pod: SteeredPod
) -> None:
    before = shared_world.server()["status"], posted(shared_world)
    operator.stop()
    pod.silences, pod.asked, count = 2, 0, len(proxy.asked)  # a lost connection is tried once more by itself
    operator.start()
    eventually(lambda: pod.asked >= 3, "the pod was silent, and then was not")
    looked_at_again(shared_world, operator)
    assert (shared_world.server()["status"], posted(shared_world)) == before
    assert [each.path for each in proxy.asked[count:] if each.verb not in {"GET", "WATCH"}] == []


def test_a_kubelet_that_cannot_be_told_now_is_told_soon_and_the_status_does_not_wait(
    shared_world: World, proxy: FaultProxy, pod: SteeredPod
) -> None:
    proxy.answer("PATCH", f"/pods/{pod.name}", 503)
    count = len(proxy.asked)
    shared_world.make_server(replicas=1, emotions=emotions(0.7))
    wanted = eventually(lambda: changed(shared_world, pod), "the ConfigMap has it")
    eventually(lambda: pod.annotation() == digest(wanted)[:12], "the kubelet is told")

    def wrote() -> list[tuple[str, int]]:
        asked = proxy.asked[count:]
        return [(each.path.rpartition("/")[2], each.status) for each in asked if each.verb == "PATCH"]

    # Who asks the API server knows of a change before the proxy has its answer.
    # While the pod is late, its kubelet is told again and again.
    eventually(lambda: [status for name, status in wrote() if name == pod.name][:2] == [503, 200], "once more")
    assert wrote().index(("status", 200)) < wrote().index((pod.name, 503))
    assert shared_world.wait_for("demo", "EmotionsLive", "False", "EmotionsPending")
    pod.steers(wanted)
    shared_world.wait_for("demo", "Ready", "True")


def changed(world: World, pod: SteeredPod) -> str:
    """The live.yaml, once it is not what the pod has."""
    live = live_of(world, pod)
    return "" if digest(live) == pod.said["live_sha256"] else live
