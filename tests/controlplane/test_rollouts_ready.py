"""Ready is true of what runs, at every moment of every kind of change; and `kubectl wait` believes it."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from tests.autoscaling.background import Background
from tests.autoscaling.fleet import Fleet, addresses
from tests.autoscaling.node import node
from tests.autoscaling.pod import Server
from tests.controlplane.kube import Kube, Manifest, eventually
from tests.controlplane.process import Operator
from tests.controlplane.steered import emotions
from tests.controlplane.witness import KINDS, Witness, shortcoming
from tests.controlplane.world import ON_BARE_NODE, World
from tools.devcluster.cluster import Cluster

NODE = "witnessed"
RESTARTED = "kubectl.kubernetes.io/restartedAt"


@pytest.fixture(scope="module")
def fleet(cluster: Cluster, kube: Kube, background: Background) -> Iterator[Fleet]:
    """The pods of a node on which nothing else happens."""
    kube.apply(node(NODE))
    with Fleet(kube, NODE, addresses(cluster.gateway), background) as fleet:
        yield fleet
    kube.delete("Node", NODE)


@dataclass
class Watched:
    """A server of which every change is seen. What it asks for is changed bit by bit."""

    world: World
    cluster: Cluster
    played: Server
    witness: Witness
    spec: dict[str, Any]

    def asks(self, **spec: Any) -> None:
        """Change it, and wait as people do: what kubectl returns for must be so."""
        self.change(**spec)
        self.cluster.kubectl(
            "--namespace", self.world.namespace, "wait", "ms/demo", "--for=condition=Ready", "--timeout=300s"
        )
        wanted = self.spec.get("autoscaling", {}).get("minReplicas", self.spec["replicas"])
        assert shortcoming(wanted, *self.there()) == ""

    def change(self, **spec: Any) -> None:
        """Change it, and wait for nothing. None takes a field away."""
        self.spec = {name: value for name, value in (self.spec | spec).items() if value is not None}
        self.world.make_server(**self.spec)

    def steers(self) -> None:
        """Every pod says that it has in force what its ConfigMap holds now."""
        volumes = self.world.child("Deployment")["spec"]["template"]["spec"]["volumes"]
        (name,) = (each["configMap"]["name"] for each in volumes if each["name"] == "live")
        text = self.world.child("ConfigMap", name)["data"]["live.yaml"]
        said = {"enabled": True, "revision": "1", "vectors": {}, "variants": {}, "refused": None}
        self.played.says["emotions"] = said | {"live_sha256": hashlib.sha256(text.encode()).hexdigest()}

    def there(self) -> tuple[Manifest, list[Manifest], list[Manifest]]:
        """What a look shows now."""
        children = self.world.children()
        kinds = [[each for each in children if each["kind"] == kind] for kind in ("Deployment", "ReplicaSet", "Pod")]
        return kinds[0][0], kinds[1], kinds[2]

    def somebody(self, change: Manifest) -> None:
        """Somebody changes the Deployment."""
        self.witness.foreign(self.world.kube.patch("Deployment", "demo", self.world.namespace, change))

    def rests(self) -> None:
        """Wait until everybody is new and the status says so."""
        wanted = self.spec.get("autoscaling", {}).get("minReplicas", self.spec["replicas"])
        eventually(lambda: shortcoming(wanted, *self.there()) == "", "everybody is new")
        self.world.wait_for("demo", "Ready", "True")


@pytest.fixture
def watched(world: World, cluster: Cluster, fleet: Fleet, background: Background) -> Iterator[Watched]:
    """A server of two pods that is not applied yet; in the end Ready must have been true all the time."""
    world.make_claim("steering")
    world.make_class(**ON_BARE_NODE)
    played = fleet.server(world.namespace, "demo")
    played.start_seconds = 0.3
    with Witness(world.kube, background, world.namespace, "demo") as witness:
        yield Watched(world, cluster, played, witness, {"replicas": 2})
        for each in touched(world):
            eventually(partial(witness.knows, each), "all is seen")
    assert witness.lies() == []
    assert witness.ready_generations()
    world.kube.delete("ModelServer", "demo", world.namespace)
    eventually(lambda: not world.kube.list("Pod", world.namespace), "all pods have ended")


def touched(world: World) -> list[Manifest]:
    """One object of each kind, changed once more: who has seen that has seen all that was before, of its kind."""
    there = [{"kind": "ModelServer"} | world.server(), *world.children()]
    staying = {each["kind"]: each for each in there if "deletionTimestamp" not in each["metadata"]}
    change = {"metadata": {"annotations": {"touched": "yes"}}}
    return [
        world.kube.patch(kind, staying[kind]["metadata"]["name"], world.namespace, change)
        for kind in KINDS
        if kind in staying
    ]


def model(path: str) -> Manifest:
    return {"persistentVolumeClaim": {"claimName": "models", "path": path}}


def test_what_a_spec_asks_for(watched: Watched, own_operator: Callable[..., Operator]) -> None:
    operator = own_operator().start()
    watched.asks()
    watched.asks(model=model("second"), replicas=1)
    watched.asks(rollout={"strategy": "Replace"}, model=model("third"), replicas=3)
    watched.asks(autoscaling={"minReplicas": 2, "maxReplicas": 4})
    watched.asks(model=model("fourth"))
    watched.asks(autoscaling=None, replicas=2)

    watched.change(model=model("fifth"))
    operator.kill()
    watched.change(model=model("sixth"))
    operator.start()
    watched.asks(model=model("fifth"))
    assert len(watched.witness.ready_generations()) >= 7


def test_what_a_class_and_others_do(watched: Watched, own_operator: Callable[..., Operator]) -> None:
    """They do it without another generation of the server."""
    own_operator().start()
    watched.asks()
    watched.world.make_class(image="registry.example.com/runtime:2", **ON_BARE_NODE)
    eventually(lambda: "runtime:2" in str(watched.there()[0]["spec"]), "the class's change is applied")
    watched.rests()

    watched.somebody({"spec": {"template": {"metadata": {"annotations": {RESTARTED: "2026-01-01T00:00:00Z"}}}}})
    eventually(watched.witness.unset_since, "Ready was unset for it")
    watched.rests()
    assert RESTARTED in watched.world.child("Deployment")["spec"]["template"]["metadata"]["annotations"]

    container = {"name": "runtime", "image": "registry.example.com/theirs:1"}
    template = watched.world.child("Deployment")["spec"]["template"]["spec"]
    containers = [{**template["containers"][0], **container}]
    watched.somebody({"spec": {"template": {"spec": {"containers": containers}}}})
    eventually(lambda: "theirs" not in str(watched.there()[0]["spec"]), "it is put back")
    watched.rests()
    watched.somebody({"spec": {"replicas": 1}})
    eventually(lambda: watched.there()[0]["spec"]["replicas"] == 2, "it is put back")
    watched.rests()
    watched.asks(engine={"maxSequences": 3})
    assert RESTARTED in watched.world.child("Deployment")["spec"]["template"]["metadata"]["annotations"]


def test_what_is_retuned(watched: Watched, own_operator: Callable[..., Operator]) -> None:
    """Ready waits for the pods to say that they have it; a rollout beside it waits for both."""
    own_operator().start()
    watched.change(emotions=emotions())
    eventually(lambda: watched.world.kube.get("Deployment", "demo", watched.world.namespace), "it is made")
    watched.steers()
    watched.asks()
    for spec in ({"emotions": emotions(0.7)}, {"emotions": emotions(0.8), "engine": {"maxSequences": 3}}):
        watched.change(**spec)
        watched.world.wait_for("demo", "EmotionsLive", "False", "EmotionsPending")
        generation = watched.world.server()["metadata"]["generation"]
        eventually(lambda: shortcoming(2, *watched.there()) == "", "the pods are as wanted")
        watched.world.wait_for("demo", "Ready", "False", "EmotionsPending")
        assert generation not in watched.witness.ready_generations()
        watched.steers()
        watched.asks()
