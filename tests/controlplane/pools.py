"""Servers on pools of accelerators that are as large as a test says, on a node whose pods are played.

The real Deployment controller and the real scheduler decide who goes and who comes; how long pods take is the player's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from tests.autoscaling.background import Background
from tests.autoscaling.fleet import Fleet
from tests.autoscaling.following import Follower, follow
from tests.autoscaling.node import node
from tests.autoscaling.record import Record
from tests.controlplane.kube import Kube, Manifest, eventually
from tests.controlplane.world import MODEL, ON_BARE_NODE, World

DOMAIN = "example.com"
NODE = "pools"
HASH = "pod-template-hash"
Pods = dict[str, Manifest]  # by uid


def pools_node(sizes: dict[str, int]) -> Manifest:
    """The Node; sizes: of each pool, how many accelerators it has."""
    made = node(NODE)
    accelerators = {f"{DOMAIN}/{name}": str(size) for name, size in sizes.items()}
    for part in ("capacity", "allocatable"):
        made["status"][part] = made["status"][part] | accelerators
    return made


def serves(pod: Manifest) -> bool:
    """Whether requests go to it."""
    conditions = pod.get("status", {}).get("conditions", [])
    ready = any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
    return ready and "deletionTimestamp" not in pod["metadata"]


class Serving:
    """How many pods of a server have served since `begin`: after every change of its pods, in order."""

    def __init__(self, kube: Kube, background: Background, namespace: str, name: str) -> None:
        self._follower = Follower(kube, background)
        self._namespace, self._labels = namespace, f"app.kubernetes.io/instance={name}"
        self._pods: Pods = {}
        self.seen: list[int] = []

    def begin(self) -> None:
        self._follower.begin(self._follow)

    def end(self) -> None:
        self._follower.end()

    async def _follow(self, http: httpx.AsyncClient) -> None:
        async for change in follow(http, "Pod", self._namespace, labelSelector=self._labels):
            uid = change.manifest["metadata"]["uid"]
            self._pods[uid] = change.manifest
            if change.kind == "DELETED":
                del self._pods[uid]
            if change.kind != "ADDED":  # those that were there at the beginning come one by one
                self.seen.append(sum(map(serves, self._pods.values())))


@dataclass(frozen=True)
class Pool:
    """One server, alone on the pool of its own name. away: each number of pods that its Deployment has said may be."""

    world: World
    fleet: Fleet
    name: str
    size: int
    away: Record[int]
    serving: Serving

    def asks(self, *, path: str = "demo", **spec: Any) -> None:
        """Apply it; another path is another model."""
        model = {"persistentVolumeClaim": MODEL["persistentVolumeClaim"] | {"path": path}}
        self.world.make_server(self.name, className=self._class, model=model, **spec)

    def scale(self, number: int) -> None:
        """As a scaler does."""
        patch = {"spec": {"replicas": number}}
        self.world.kube.patch("Deployment", self.name, self.world.namespace, patch, subresource="scale")

    def make_class(self, **spec: str) -> None:
        accelerator = {"resourceName": f"{DOMAIN}/{self.name}", "memory": "80Gi", "computeCapability": "9.0"}
        self.world.make_class(self._class, device="Cuda", accelerator=accelerator, **ON_BARE_NODE, **spec)

    def remove(self) -> None:
        self.world.kube.delete("ModelServerClass", self._class)

    def is_full(self, *, waiting: int = 0) -> bool:
        """Whether all of the pool serves, and so many pods wait for a place."""
        pods = self.pods()
        return sum(map(serves, pods)) == self.size and sum("nodeName" not in pod["spec"] for pod in pods) == waiting

    def template(self) -> str:
        """The hash of the newest template, once the Deployment's controller has seen it."""
        made = self.world.child("Deployment", self.name)
        sets = [each for each in self.world.children(self.name) if each["kind"] == "ReplicaSet"]
        revision = "deployment.kubernetes.io/revision"
        (newest,) = (
            each
            for each in sets
            if each["metadata"]["annotations"][revision] == made["metadata"]["annotations"][revision]
        )
        found: str = newest["metadata"]["labels"][HASH]
        return found

    def pods(self) -> list[Manifest]:
        return self.world.pods(self.name)

    def leaving(self) -> list[Manifest]:
        return [pod for pod in self.pods() if "deletionTimestamp" in pod["metadata"]]

    def is_new(self, former: str) -> bool:
        """Whether all of the pool serves with another template than the former."""
        there = [pod for pod in self.pods() if pod["metadata"]["labels"][HASH] != former]
        return sum(map(serves, there)) == self.size and len(there) == len(self.pods())

    @property
    def _class(self) -> str:
        return f"{self.world.namespace}-{self.name}"


@contextmanager
def pool(world: World, fleet: Fleet, background: Background, name: str, size: int) -> Iterator[Pool]:
    """A server's pool with its class; the server is not applied yet."""
    place = ("Deployment", world.namespace, name)
    with Record(world.kube, background, place, may_be_away) as away:
        made = Pool(world, fleet, name, size, away, Serving(world.kube, background, world.namespace, name))
        made.make_class()
        try:
            yield made
        finally:
            made.remove()


def may_be_away(deployment: Manifest) -> int:
    """What the Deployment says."""
    found: int = deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"]
    return found


def filled(made: Pool, *, waiting: int = 0) -> str:
    """Wait until the pool is full, and follow its pods from then on; the hash of their template."""
    eventually(lambda: made.is_full(waiting=waiting), f"all {made.size} of {made.name} serve")
    made.serving.begin()
    return made.template()
