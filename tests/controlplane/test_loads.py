"""The loads of autoscaled servers, under the chart's rights: by what the API server tells and by what pods answer."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.autoscaling.background import Background
from tests.autoscaling.fleet import Fleet, addresses
from tests.autoscaling.pod import Manner, Pod, Server
from tests.controlplane.kube import Kube, Manifest, eventually
from tests.controlplane.test_mirror import pod
from tests.controlplane.world import ON_BARE_NODE, World, world_in
from tools.devcluster.cluster import Cluster as Devcluster

from modelserver_operator.autoscale.loads import Loads
from modelserver_operator.cluster import Cluster, Login
from modelserver_operator.podstats import PodStats
from modelserver_operator.resolve import identity
from modelserver_operator.status.load import Load

TARGET = 5
SCALED: Manifest = {"autoscaling": {"maxReplicas": 9, "targetUnfinishedRequests": TARGET}}
Read = Callable[..., Loads]


@pytest.fixture
def background() -> Iterator[Background]:
    with Background() as background:
        yield background


@pytest.fixture
def fleet(kube: Kube, cluster: Devcluster, bare_node: str, background: Background) -> Iterator[Fleet]:
    with Fleet(kube, bare_node, addresses(cluster.gateway), background) as fleet:
        yield fleet


@pytest.fixture
def read(as_account: Callable[[str], Path], background: Background, monkeypatch: pytest.MonkeyPatch) -> Iterator[Read]:
    """Begins to read the loads of the servers in these namespaces, as the operator's account."""
    monkeypatch.setenv("KUBECONFIG", str(as_account("modelserver")))

    async def begin(*namespaces: str) -> Loads:
        cluster, pods = Cluster(await Login.load(), deadline_seconds=20), await PodStats().__aenter__()
        loads = Loads(cluster, pods, namespaces=namespaces)
        reading = background.begin(loads.run())
        stack.callback(lambda: background.do(cluster.__aexit__(None, None, None)))
        stack.callback(lambda: background.do(pods.__aexit__(None, None, None)))
        stack.callback(background.excuse, reading)  # it goes on until the end, with what is closed before
        return loads

    with ExitStack() as stack:
        yield lambda *namespaces: background.do(begin(*namespaces))


def have_pods(world: World, number: int, server: str = "demo") -> None:
    """So many of a Deployment as the operator makes it, on the bare node, where the fleet plays them."""
    made = pod(world, server, identity.labels(server))
    runtime = {"name": "runtime", "ports": [{"name": "control", "containerPort": 9000}]}
    made["spec"]["containers"][0] |= runtime
    template = {"metadata": {"labels": identity.labels(server)}, "spec": made["spec"] | ON_BARE_NODE}
    selector = {"matchLabels": identity.selector(server)}
    spec = {"replicas": number, "selector": selector, "template": template}
    metadata = {"name": server, "namespace": world.namespace}
    world.kube.apply({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec})


def demo(world: World, loads: Loads) -> Load:
    return loads.load((world.namespace, "demo")) or Load(None, 0, why="it is not known of")


def unfinished(world: World, loads: Loads, number: int) -> Callable[[], bool]:
    return lambda: demo(world, loads).unfinished == number


def test_the_load_is_what_the_pods_of_an_autoscaled_server_have(world: World, fleet: Fleet, read: Read) -> None:
    played = fleet.server(world.namespace, "demo")
    played.queue = 7
    world.make_server(**SCALED)
    world.make_server("other")
    have_pods(world, 1)
    have_pods(world, 1, "other")
    loads = read(world.namespace)
    eventually(lambda: loads.synced, "they are listed")
    eventually(unfinished(world, loads, 7), "the pod is asked")
    have_pods(world, 2)
    eventually(lambda: demo(world, loads).pods == 2, "the new pod is seen")
    played.queue = 9
    eventually(unfinished(world, loads, 9), "both are asked")
    assert demo(world, loads).target == TARGET
    assert [name for name, _ in loads.of_namespace(world.namespace)] == ["demo"], "the other is not autoscaled"
    have_pods(world, 1)
    eventually(lambda: demo(world, loads).pods == 1, "one is gone")
    eventually(unfinished(world, loads, 9), "the rest has all")
    world.make_server()
    eventually(lambda: not loads.of_namespace(world.namespace), "it is autoscaled no more")
    assert all(each.asked == 0 for each in fleet.pods(world.namespace, "other"))


def test_only_the_installations_namespaces_are_looked_at(world: World, kube: Kube, fleet: Fleet, read: Read) -> None:
    with world_in(kube, "elsewhere") as elsewhere, world_in(kube, "outside") as outside:
        for each in (world, elsewhere, outside):
            each.make_server(**SCALED)
            fleet.server(each.namespace, "demo").queue = 3
            have_pods(each, 1)
        loads = read(world.namespace, elsewhere.namespace)
        for each in (world, elsewhere):
            eventually(unfinished(each, loads, 3), "its pod is asked")
        assert not loads.of_namespace(outside.namespace)
        everywhere = read()
        for each in (world, elsewhere, outside):
            eventually(unfinished(each, everywhere, 3), "its pod is asked")


def test_pods_are_asked_also_while_the_api_server_is_away(
    world: World, cluster: Devcluster, bare_node: str, background: Background, read: Read
) -> None:
    world.make_server(**SCALED)
    have_pods(world, 1)
    [found] = eventually(lambda: [each for each in pods_of(world) if "nodeName" in each["spec"]], f"on {bare_node}")
    name = found["metadata"]["name"]
    played = Pod(Server(), world.namespace, name, next(addresses(cluster.gateway)), own=2)
    background.do(played.behave(Manner.ANSWERS))
    world.kube.patch("Pod", name, world.namespace, {"status": running(played)}, subresource="status")
    loads = read(world.namespace)
    eventually(unfinished(world, loads, 2), "the pod is asked")
    cluster.stop_apiserver()
    try:
        played.own = 8
        eventually(unfinished(world, loads, 8), "the pod is asked further on")
    finally:
        cluster.start_apiserver()
        world.kube.reconnect()
    have_pods(world, 0)
    eventually(lambda: all("deletionTimestamp" in each["metadata"] for each in pods_of(world)), "its pod is to go")
    world.kube.kill_pod(found)
    eventually(lambda: demo(world, loads).pods == 0, "what has happened since is seen")
    background.do(played.close())


def pods_of(world: World) -> list[Manifest]:
    return world.kube.list("Pod", world.namespace)


def running(pod: Pod) -> Manifest:
    """What its kubelet would say."""
    ready = {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}
    return {"phase": "Running", "conditions": [ready], "podIP": pod.address, "podIPs": [{"ip": pod.address}]}
