"""Makes the situations of tests/trouble.py that a pod, or its kubelet, tells: all on the node without a kubelet."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from tests.controlplane.broken import HUB, Corner, Maker, Steps
from tests.controlplane.kube import Manifest, eventually
from tests.controlplane.kubelet import SECONDS_AGO, ago, placed, post, say
from tests.controlplane.steered import SteeredPod, digest, emotions, live_of
from tests.controlplane.world import ON_BARE_NODE, World

GPU = "example.com/gpu"
GPUS = 2  # one for each server that has one
TINY = {"cpu": "10m", "memory": "16Mi"}
BEHIND = {"waiting": {"reason": "PodInitializing"}}
WHY = "The engine has made no step since 22:41:07 UTC; requests running: 3."
NO_VECTOR = "/etc/modelserver/live/live.yaml: emotions.variants[0].mix[0].vector: there is no vector joy"


@dataclass
class SpeakingPod(SteeredPod):
    """A pod that says just this at /stats."""

    def document(self) -> Manifest:
        return self.said


def ended(sentence: str) -> Manifest:
    return {"terminated": {"exitCode": 2, "reason": "Error", "message": f"{sentence}\n", "finishedAt": SECONDS_AGO}}


def running(seconds: float) -> Manifest:
    return {"running": {"startedAt": ago(seconds)}}


def on_bare_node(corner: Corner, name: str, **spec: Any) -> Steps:
    """Make the server; it has its pod when all other servers are made, too."""
    corner.world.make_server(name, className=bare_class(corner), **spec)
    yield None


def bare_class(corner: Corner) -> str:
    """The class of all servers here but those with accelerators."""
    return corner.class_of("bare", resources=TINY, **ON_BARE_NODE)


def secret_missing(corner: Corner, name: str) -> Steps:
    yield from on_bare_node(corner, name, auth={"apiKeysSecretRef": {"name": "keys"}})
    pod, said = placed(corner.world, name), 'MountVolume.SetUp failed for volume "keys" : secret "keys" not found'
    post(corner.world, pod, "FailedMount", said, after=2)
    say(corner.world, pod, state={"waiting": {"reason": "ContainerCreating"}})


def image_pull_failed(corner: Corner, name: str) -> Steps:
    yield from on_bare_node(corner, name)
    why = {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "i": not found'}
    say(corner.world, placed(corner.world, name), state={"waiting": why})


def container_refused(corner: Corner, name: str) -> Steps:
    token = {"name": "hf", "key": "token"}
    yield from on_bare_node(corner, name, model={"huggingFace": HUB["huggingFace"] | {"tokenSecretRef": token}})
    why = {"reason": "CreateContainerConfigError", "message": 'secret "hf" not found'}
    say(corner.world, placed(corner.world, name), state=BEHIND, download={"state": {"waiting": why}})


def crash_loop(corner: Corner, name: str) -> Steps:
    yield from on_bare_node(corner, name)
    why = {"reason": "CrashLoopBackOff", "message": "back-off 10s restarting failed container"}
    last = ended("The model folder /models/demo does not exist.")
    pod = placed(corner.world, name)
    say(corner.world, pod, phase="Running", restartCount=3, state={"waiting": why}, lastState=last)


def download_failed(corner: Corner, name: str) -> Steps:
    yield from on_bare_node(corner, name, model=HUB)
    download = {"restartCount": 1, "state": ended("The token has no access.")}
    say(corner.world, placed(corner.world, name), state=BEHIND, download=download)


def downloading(corner: Corner, name: str) -> Steps:
    yield from on_bare_node(corner, name, model=HUB)
    pod = placed(corner.world, name)
    address = speaks(corner, pod, {"download": {"bytes": 7 << 30, "total_bytes": 15 << 30}})
    say(corner.world, pod, address=address, state=BEHIND, download={"state": running(95)})


def loading(corner: Corner, name: str) -> Steps:
    yield from on_bare_node(corner, name)
    say(corner.world, placed(corner.world, name), phase="Running", started=False, state=running(95))


def engine_stalled(corner: Corner, name: str) -> Steps:
    yield from on_bare_node(corner, name)
    pod = placed(corner.world, name)
    address = speaks(corner, pod, {"state": "stalled", "why": WHY})
    say(corner.world, pod, phase="Running", started=True, state=running(95), address=address)


def speaks(corner: Corner, pod: Manifest, said: Manifest) -> str:
    """The address at which the pod answers from now on."""
    speaking = SpeakingPod(corner.world, pod["metadata"]["name"], said)
    corner.stack.enter_context(speaking.listening())
    return speaking.address


def no_progress(corner: Corner, name: str) -> Steps:
    """The deadline is longer than any test: what the Deployment's controller would say then, it goes on saying."""
    yield from on_bare_node(corner, name)
    world = corner.world
    say(world, placed(world, name), phase="Running", started=True, state=running(95))
    counted = {"updatedReplicas": 1, "unavailableReplicas": 1}  # else that would be progress, and told instead
    eventually(lambda: counted.items() <= world.child("Deployment", name).get("status", {}).items(), "it is counted")
    said = {"reason": "ProgressDeadlineExceeded", "message": "ReplicaSet has timed out progressing."}
    given_up = {"type": "Progressing", "status": "False", **said}
    world.kube.patch("Deployment", name, world.namespace, {"status": {"conditions": [given_up]}}, subresource="status")


def full_pool(corner: Corner, name: str) -> Steps:
    yield from _changed(corner, name, strategy="Surge")


def draining(corner: Corner, name: str) -> Steps:
    yield from _changed(corner, name, strategy="Replace")


def _changed(corner: Corner, name: str, *, strategy: str) -> Steps:
    """A server with an accelerator serves, and is changed while no other is free; its old pod never ends."""
    more = {"device": "Cuda", "accelerator": {"resourceName": GPU}, "resources": TINY}
    spec: Manifest = {"className": corner.class_of("gpu", **more, **ON_BARE_NODE), "rollout": {"strategy": strategy}}
    corner.world.make_server(name, **spec)
    yield None
    pod = placed(corner.world, name)
    say(corner.world, pod, phase="Running", ready=True, started=True, state=running(95))
    yield None
    corner.world.wait_for(name, "Ready", "True")
    corner.world.make_server(name, engine={"maxSequences": 3}, **spec)


def emotions_pending(corner: Corner, name: str) -> Steps:
    yield from _retuned(corner, name)


def emotions_refused(corner: Corner, name: str) -> Steps:
    pod, world = (yield from _retuned(corner, name)), corner.world
    world.wait_for(name, "EmotionsLive", "False", "EmotionsPending")
    pod.said["refused"] = {"live_sha256": digest(live_of(world, pod)), "sentence": NO_VECTOR}


def _retuned(corner: Corner, name: str) -> Generator[World | None, None, SteeredPod]:
    """A server steers, and is then to steer otherwise; its pod."""
    world = corner.world
    world.make_claim("steering")
    yield from on_bare_node(corner, name, emotions=emotions())
    pod = SteeredPod(world, placed(world, name)["metadata"]["name"])
    pod.steers(live_of(world, pod))
    corner.stack.enter_context(pod.listening())
    pod.becomes_ready()
    yield None
    world.wait_for(name, "EmotionsLive", "True")
    world.make_server(name, className=bare_class(corner), emotions=emotions(0.9))
    return pod


def give_accelerators(world: World) -> None:
    """To the bare node, as a device plugin would."""
    many = {GPU: str(GPUS)}
    world.kube.patch("Node", "bare", None, {"status": {"capacity": many, "allocatable": many}}, subresource="status")


POD_MAKERS: tuple[Maker, ...] = (
    secret_missing,
    image_pull_failed,
    container_refused,
    crash_loop,
    download_failed,
    downloading,
    loading,
    engine_stalled,
    no_progress,
    full_pool,
    draining,
    emotions_pending,
    emotions_refused,
)
