"""Events tell a server's life: one for each transition of Ready and of its scaler, and none for what is none."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx
import pytest
from tests.autoscaling.background import Background
from tests.autoscaling.following import Follower, follow
from tests.controlplane.kube import Manifest, eventually
from tests.controlplane.kubelet import SECONDS_AGO, ago, end, say
from tests.controlplane.world import ON_BARE_NODE, World

pytestmark = [pytest.mark.usefixtures("operator"), pytest.mark.usefixtures("bare_node")]

TINY = {"cpu": "10m", "memory": "16Mi"}
SURGE = {"strategy": "Surge"}
Told = tuple[str, str]  # Ready's status and reason


@contextmanager
def transitions(world: World, background: Background) -> Iterator[list[Told]]:
    """Each that Ready makes, in order, as long as the block lasts; from before the server is there."""
    seen: list[Told] = []
    follower = Follower(world.kube, background)
    follower.begin(partial(_follow, world.namespace, seen))
    try:
        yield seen
    finally:
        follower.end()


async def _follow(namespace: str, seen: list[Told], http: httpx.AsyncClient) -> None:
    async for change in follow(http, "ModelServer", namespace):
        told = [each for each in change.manifest.get("status", {}).get("conditions", []) if each["type"] == "Ready"]
        seen += [(each["status"], each["reason"]) for each in told if seen[-1:] != [(each["status"], each["reason"])]]


def posted(world: World) -> list[str]:
    """The reasons of the server's Events, in the order of their times."""
    events = [each for each in world.kube.list("Event", world.namespace) if each["regarding"]["kind"] == "ModelServer"]
    return [each["reason"] for each in sorted(events, key=lambda each: str(each["eventTime"]))]


def current(world: World) -> list[Manifest]:
    """The pods that nobody has deleted, once all are on the node."""

    def there() -> list[Manifest] | None:
        staying = [pod for pod in world.pods() if "deletionTimestamp" not in pod["metadata"]]
        wanted = world.server()["spec"].get("replicas", 1)
        return staying if len(staying) >= wanted and all(pod["spec"].get("nodeName") for pod in staying) else None

    return eventually(there, "the pods are on the node")


def unready(world: World) -> list[Manifest]:
    def found() -> list[Manifest]:
        return [pod for pod in current(world) if "containerStatuses" not in pod.get("status", {})]

    return eventually(found, "there is a new pod")


def come_up(world: World) -> None:
    """The new pods load, and then serve."""
    state = {"running": {"startedAt": ago()}}
    for pod in unready(world):
        say(world, pod, phase="Running", started=False, state=state)
        world.wait_for("demo", "Ready", "False", "Loading")
        say(world, pod, phase="Running", ready=True, started=True, state=state)


def old_pods_end(world: World) -> None:
    eventually(lambda: [pod for pod in world.pods() if "deletionTimestamp" in pod["metadata"]], "an old pod is to end")
    for pod in world.pods():
        if "deletionTimestamp" in pod["metadata"]:
            world.kube.kill_pod(pod)


def test_one_for_each_transition_of_ready(world: World, background: Background) -> None:
    """Apply, load, serve; another generation; more pods; one breaks, and is repaired; a scaler takes over."""
    with transitions(world, background) as seen:
        world.make_class(resources=TINY, **ON_BARE_NODE)
        world.make_server(rollout=SURGE)
        come_up(world)
        born = serving(world, seen)

        changed: dict[str, Any] = {"rollout": SURGE, "engine": {"maxSequences": 3}}
        world.make_server(**changed)
        come_up(world)
        old_pods_end(world)
        replaced = serving(world, seen)
        assert ("False", "RolloutInProgress") in seen[born:]

        world.make_server(replicas=2, **changed)
        come_up(world)
        serving(world, seen)
        assert "RolloutInProgress" not in {reason for _, reason in seen[replaced:]}

        breaks(world)
        repaired = serving(world, seen)

        world.make_server(replicas=2, autoscaling={"minReplicas": 2, "maxReplicas": 3}, **changed)
        world.wait_for("demo", "ScalingActive", "False", "MetricsNotServed")
        assert serving(world, seen) == repaired  # nothing rolls, and nobody reads that anything would

        eventually(lambda: len(posted(world)) == len(seen) + 1, f"as many Events as transitions: {seen}")
        assert posted(world) == [*(reason for _, reason in seen), "MetricsNotServed"]
    world.make_server(replicas=0, **changed)
    end(world)


def serving(world: World, seen: list[Told]) -> int:
    """How many transitions there were until it is Ready, once that has been seen."""
    world.wait_for("demo", "Ready", "True")
    eventually(lambda: seen[-1:] == [("True", "Ready")], "it is seen")
    return len(seen)


def breaks(world: World) -> None:
    """One of the pods ends again and again, and then serves."""
    pod = current(world)[0]
    last = {"exitCode": 2, "reason": "Error", "message": "CUDA error", "finishedAt": SECONDS_AGO}
    why = {"reason": "CrashLoopBackOff", "message": "back-off"}
    say(world, pod, phase="Running", restartCount=3, state={"waiting": why}, lastState={"terminated": last})
    world.wait_for("demo", "Ready", "False", "CrashLooping")
    say(world, pod, phase="Running", ready=True, started=True, state={"running": {"startedAt": ago()}})
