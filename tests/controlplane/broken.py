"""Makes the situations of tests/trouble.py that need no pod which says something of itself.

Each maker goes on, after a `yield`, when all others have done as much, so that none waits for another.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from tests.controlplane.kube import API, Manifest, RefusedError, eventually
from tests.controlplane.policy import mutation
from tests.controlplane.world import World, world_in

HUB = {"huggingFace": {"repo": "org/model"}}
OURS, THEIRS, REPAIRS = 2, 7, 5


@dataclass(frozen=True)
class Corner:
    """world: where it is to be made. stack: ends what must end."""

    world: World
    stack: ExitStack

    def elsewhere(self, name: str) -> World:
        """A namespace of its own, for what holds for a whole namespace; with a class."""
        world = self.stack.enter_context(world_in(self.world.kube, f"{self.world.namespace}/{name}"))
        world.make_class()
        return world

    def class_of(self, name: str, **spec: Any) -> str:
        """A class of its own."""
        full = f"{self.world.namespace}-{name}"
        self.world.make_class(full, **spec)
        self.stack.callback(self.world.kube.delete, "ModelServerClass", full)
        return full


Steps = Iterator[World | None]
Maker = Callable[[Corner, str], Steps]


def class_not_found(corner: Corner, name: str) -> Steps:
    corner.world.make_server(name, className="nobody")
    yield None


def class_invalid(corner: Corner, name: str) -> Steps:
    arguments = {"max-model-len": "1"}
    corner.world.make_server(name, className=corner.class_of(name, engine={"arguments": arguments}))
    yield None


def spec_invalid(corner: Corner, name: str) -> Steps:
    accelerator = {"resourceName": "nvidia.com/gpu"}
    facts = {"attentionHeads": 7}
    model = {"persistentVolumeClaim": {"claimName": "models"}, "facts": facts}
    of_class = corner.class_of(name, device="Cuda", accelerator=accelerator)
    corner.world.make_server(name, className=of_class, model=model, accelerators={"count": 2})
    yield None


def forbidden_by_class(corner: Corner, name: str) -> Steps:
    corner.world.make_server(name, engine={"arguments": {"trust-remote-code": ""}})
    yield None


def kind_not_served(corner: Corner, name: str) -> Steps:
    corner.world.make_server(name, monitoring={"serviceMonitor": "Enabled"})
    yield None


def foreign_object(corner: Corner, name: str) -> Steps:
    metadata = {"name": name, "namespace": corner.world.namespace}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [{"port": 80}]}}
    corner.world.kube.apply(service)
    corner.world.make_server(name)
    yield None


def contested_field(corner: Corner, name: str) -> Steps:
    world = corner.world
    world.make_server(name)
    yield None
    world.wait_for(name, "Ready", "True")
    for _ in range(REPAIRS):
        _tune(world, name)
        eventually(lambda: _history(world, name) == OURS, "it is put back")
    _tune(world, name)


def _tune(world: World, name: str) -> None:
    place = f"/apis/apps/v1/namespaces/{world.namespace}/deployments/{name}"
    spec, content = {"revisionHistoryLimit": THEIRS}, {"Content-Type": "application/merge-patch+json"}
    query = {"fieldManager": "tuner"}
    world.kube.raw("PATCH", place, json={"spec": spec}, params=query, headers=content).raise_for_status()


def _history(world: World, name: str) -> int:
    return int(world.child("Deployment", name)["spec"]["revisionHistoryLimit"])


def quota_exceeded(corner: Corner, name: str) -> Steps:
    world = corner.elsewhere(name)
    metadata = {"name": "none", "namespace": world.namespace}
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": {"hard": {"pods": "0"}}}
    world.kube.apply(quota)
    yield world
    eventually(lambda: world.kube.read("ResourceQuota", "none", world.namespace).get("status"), "the quota counts")
    world.make_server(name)


def pod_security(corner: Corner, name: str) -> Steps:
    world = corner.elsewhere(name)
    rule = {"apiGroups": [""], "resources": ["pods"], "operations": ["CREATE"]}
    change = "Object{spec: Object.spec{hostNetwork: true}}"
    corner.stack.enter_context(mutation(world, rule, change, probe=lambda: _is_refused(world)))
    world.make_server(name)
    yield world


def plain_pod(world: World) -> Manifest:
    """One that Pod Security takes."""
    allowed = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    who = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    spec = {"securityContext": who, "containers": [{"name": "a", "image": "a", "securityContext": allowed}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": world.namespace}, "spec": spec}


def _is_refused(world: World) -> bool:
    """Whether a pod that Pod Security would take, were it left as it is, is refused."""
    try:
        world.kube.create(plain_pod(world), dry_run=True)
    except RefusedError as error:
        return "PodSecurity" in str(error)
    return False


def no_accelerator(corner: Corner, name: str) -> Steps:
    of_class = corner.class_of(name, device="Cuda", accelerator={"resourceName": "nvidia.com/gpu"})
    corner.world.make_server(name, className=of_class, accelerators={"count": 16})
    yield None


def claim_missing(corner: Corner, name: str) -> Steps:
    corner.world.make_server(name, model={"persistentVolumeClaim": {"claimName": "other"}})
    yield None


def claim_unbound(corner: Corner, name: str) -> Steps:
    cache = {"size": "1Gi", "storageClassName": "none", "accessMode": "ReadWriteMany"}
    corner.world.make_server(name, model=HUB, cache=cache)
    yield None


def paused(corner: Corner, name: str) -> Steps:
    corner.world.make_server(name, paused=True)
    yield None


def scaled_to_zero(corner: Corner, name: str) -> Steps:
    corner.world.make_server(name, replicas=0)
    yield None


def waiting_for_turn(corner: Corner, name: str) -> Steps:
    """The other takes its turn while this one is paused, and finds no node for its pod."""
    world, other = corner.world, "turn-taken"
    of_class = corner.class_of(name)
    for each in (name, other):
        world.make_server(each, className=of_class)
    yield None
    for each in (name, other):
        world.wait_for(each, "Ready", "True")
    world.make_server(name, className=of_class, paused=True)
    world.wait_for(name, "Ready", "False", "Paused")
    corner.world.make_class(of_class, resources={"cpu": "999"})
    eventually(lambda: "classRollout" in world.server(other)["status"], "the other takes its turn")
    world.make_server(name, className=of_class)


def scaler_blind(corner: Corner, name: str) -> Steps:
    corner.world.make_server(name, autoscaling={"maxReplicas": 3})
    yield None


def foreign_scaler(corner: Corner, name: str) -> Steps:
    kind = "HorizontalPodAutoscaler"
    metadata = {"name": "mine", "namespace": corner.world.namespace}
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    corner.world.kube.apply(
        {
            "apiVersion": API[kind],
            "kind": kind,
            "metadata": metadata,
            "spec": {"scaleTargetRef": target, "maxReplicas": 9},
        }
    )
    corner.world.make_server(name, autoscaling={"maxReplicas": 3})
    yield None


MAKERS: tuple[Maker, ...] = (
    class_not_found,
    class_invalid,
    spec_invalid,
    forbidden_by_class,
    kind_not_served,
    foreign_object,
    contested_field,
    quota_exceeded,
    pod_security,
    no_accelerator,
    claim_missing,
    claim_unbound,
    paused,
    scaled_to_zero,
    waiting_for_turn,
    scaler_blind,
    foreign_scaler,
)
