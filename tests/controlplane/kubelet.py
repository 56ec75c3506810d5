"""Plays the kubelet of a node that has none: what it would say of pods, word for word as it writes it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.controlplane.kube import Manifest, eventually
from tests.controlplane.world import World

SECONDS_AGO = "2026-01-01T00:00:00Z"


def ago(seconds: float = 0) -> str:
    """A time of now, in whole seconds, as kubelets know it."""
    return (datetime.now(UTC) - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def placed(world: World, name: str = "demo", node: str = "bare") -> Manifest:
    """The server's pod, once it is on the node."""

    def there() -> Manifest | None:
        return next((pod for pod in world.pods(name) if pod["spec"].get("nodeName") == node), None)

    return eventually(there, f"{name}'s pod is on the node")


def say(
    world: World,
    pod: Manifest,
    *,
    phase: str = "Pending",
    ready: bool = False,
    download: Any = None,
    address: str = "",
    **status: Any,
) -> None:
    """`status` is the state of the pod's runtime, `download` that of its download; address: the pod's own."""
    unknown = {"image": "i", "imageID": "", "ready": ready, "restartCount": 0}
    told = {"name": "runtime", **unknown, **status}
    first = [{"name": "download", **unknown, **download}] if download else []
    conditions = [
        {"type": kind, "status": str(ready or kind == "PodScheduled"), "lastTransitionTime": SECONDS_AGO}
        for kind in ("PodScheduled", "ContainersReady", "Ready")
    ]
    states = {"containerStatuses": [told], "initContainerStatuses": first}
    where = {"podIP": address, "podIPs": [{"ip": address}]} if address else {}
    patch = {"status": {"phase": phase, "conditions": conditions, **states, **where}}
    world.kube.patch("Pod", pod["metadata"]["name"], world.namespace, patch, subresource="status")


def post(world: World, pod: Manifest, reason: str, message: str, *, after: float = 0) -> None:
    """An Event about the pod; a kubelet knows whole seconds, and the scheduler has just spoken."""
    named = {name: pod["metadata"][name] for name in ("name", "namespace", "uid")}
    world.kube.create(
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"generateName": "demo.", "namespace": world.namespace},
            "involvedObject": {"apiVersion": "v1", "kind": "Pod", **named},
            "type": "Warning",
            "reason": reason,
            "message": message,
            "source": {"component": "kubelet"},
            **dict.fromkeys(("firstTimestamp", "lastTimestamp"), ago(-after)),
        }
    )


def end(world: World, name: str = "demo") -> None:
    """Remove the server's pods, which are to end; without a kubelet they never would."""
    eventually(lambda: all("deletionTimestamp" in pod["metadata"] for pod in world.pods(name)), "the pods are to end")
    for pod in world.pods(name):
        world.kube.kill_pod(pod)
