"""A ModelServer that is scaled, and all that is asked about it: by the tests of behaviour."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.autoscaling.background import Background
from tests.autoscaling.fleet import Fleet
from tests.autoscaling.pod import Pod, Server
from tests.autoscaling.record import Record, size
from tests.controlplane.kube import Manifest, eventually
from tests.controlplane.world import ON_BARE_NODE, World

HPA = "HorizontalPodAutoscaler"
TARGET = 4  # unfinished requests for each pod; a load that is within a tenth of it changes nothing
SPEC = {"minReplicas": 1, "maxReplicas": 10, "targetUnfinishedRequests": TARGET, "scaleDownWindowSeconds": 0}


@dataclass(frozen=True)
class Scaled:
    """sizes: every number of pods that its Deployment was asked for."""

    world: World
    fleet: Fleet
    sizes: Record[int]
    name: str

    def asks(self, *, replicas: int | None = None, scaled: bool = True, **autoscaling: Any) -> None:
        """Apply it with SPEC's autoscaling, changed by what is given, or without any."""
        spec = {"autoscaling": SPEC | autoscaling} if scaled else {}
        self.world.make_server(self.name, **spec, **({} if replicas is None else {"replicas": replicas}))

    def begins_with(self, number: int) -> None:
        """So many pods run, each with the work for one, and nothing scales them yet."""
        self.asks(replicas=number, scaled=False)
        eventually(lambda: len(self.pods()) == number, f"{self.name} has {number} pods")
        self.world.wait_for(self.name, "Ready", "True")
        for pod in self.pods():
            pod.own = TARGET

    @property
    def played(self) -> Server:
        """How its pods behave."""
        return self.fleet.server(self.world.namespace, self.name)

    def pods(self) -> list[Pod]:
        """Those to which new requests go; first that which has been Ready for longest, which goes last."""
        pods = [pod for pod in self.fleet.pods(self.world.namespace, self.name) if pod.is_served()]
        return sorted(pods, key=lambda pod: pod.ready_since)

    def leaving(self) -> list[Pod]:
        """Those that are terminating."""
        return [pod for pod in self.fleet.pods(self.world.namespace, self.name) if pod.terminating]

    def heard(self) -> None:
        """Wait until every pod has answered a question that was begun from now on."""
        before = {pod.name: pod.asked for pod in self.pods()}
        eventually(lambda: all(pod.asked >= before[pod.name] + 2 for pod in self.pods()), "all are asked")

    def server(self) -> Manifest:
        """The ModelServer."""
        return self.world.server(self.name)

    def hpa(self) -> Manifest:
        """What the operator has made; nothing while it has not."""
        return self.world.kube.get(HPA, self.name, self.world.namespace) or {}

    def hpa_condition(self, kind: str) -> Manifest:
        """What Kubernetes' controller says in its status."""
        conditions = self.hpa().get("status", {}).get("conditions", [])
        return next((each for each in conditions if each["type"] == kind), {})

    def rests(self, number: int) -> None:
        """Wait until so many pods are Ready and the scaler wants neither more nor fewer."""
        try:
            eventually(lambda: self._numbers() == {number}, f"{self.name} rests at {number} pods")
        except AssertionError as error:
            conditions = self.hpa().get("status"), self.world.server(self.name).get("status", {}).get("conditions")
            raise AssertionError(f"{error}; sizes: {self.sizes.seen}; {conditions}") from None

    def scales_by(self, source: str) -> None:
        """Wait until its status says so."""
        told = self.world.wait_for(self.name, "ScalingActive", "True")
        eventually(
            lambda: self.world.server(self.name)["status"]["autoscaling"]["source"] == source, f"{source}: {told}"
        )

    def _numbers(self) -> set[int | None]:
        status = self.hpa().get("status", {})
        return {*self.sizes.seen[-1:], len(self.pods()), status.get("currentReplicas"), status.get("desiredReplicas")}


@contextmanager
def scaled(world: World, fleet: Fleet, background: Background, name: str) -> Iterator[Scaled]:
    """One whose pods are played; it is not applied yet."""
    world.make_class(**ON_BARE_NODE)
    with Record(world.kube, background, ("Deployment", world.namespace, name), size) as sizes:
        yield Scaled(world, fleet, sizes, name)
