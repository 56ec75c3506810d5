"""Servers whose pods say how they steer: real HTTP servers at the pods' own addresses, on a node without a kubelet."""

import hashlib
import json
import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from tests.controlplane.kube import Manifest, eventually
from tests.controlplane.world import ON_BARE_NODE, World

PORT = 9000  # the container's port `control`
ATTEMPTS = 20
SECONDS_AGO = "2026-01-01T00:00:00Z"
VECTORS: Manifest = {"persistentVolumeClaim": {"claimName": "steering"}}


def emotions(scale: float = 0.5, **more: Any) -> Manifest:
    """Vectors and one variant."""
    mix = [{"vector": "happiness", "scale": scale}]
    return {"vectors": VECTORS, "variants": [{"name": "cheerful", "mix": mix}]} | more


@dataclass
class SteeredPod:
    """One pod: what it says at /stats, and what is written to it."""

    world: World
    name: str
    said: dict[str, Any] = field(default_factory=dict)
    address: str = ""
    silences: int = 0  # so many of the next questions get no answer
    asked: int = 0

    def steers(self, live: str, *, vectors: str = "1", refused: Manifest | None = None) -> None:
        """What the runtime would say with this live.yaml and these vectors."""
        self.said = {
            "enabled": True,
            "revision": hashlib.sha256((live + vectors).encode()).hexdigest()[:12],
            "live_sha256": digest(live),
            "variants": {"cheerful": "happiness=0.50"},
            "vectors": {"happiness": vectors},
            "refused": refused,
        }

    def document(self) -> Manifest:
        """Its /stats."""
        return {"state": "ready", "emotions": self.said}

    def read(self) -> Manifest:
        return self.world.kube.read("Pod", self.name, self.world.namespace)

    def annotation(self) -> str | None:
        """Of which change its kubelet was told, without how often."""
        found: str | None = self.read()["metadata"].get("annotations", {}).get("modelserver.dev/live")
        return found.partition("-")[0] if found else None

    def becomes_ready(self) -> None:
        """What its kubelet would say."""
        conditions = [
            {"type": kind, "status": "True", "lastTransitionTime": SECONDS_AGO}
            for kind in ("PodScheduled", "ContainersReady", "Ready")
        ]
        address = {"podIP": self.address, "podIPs": [{"ip": self.address}]}
        status = {"phase": "Running", "conditions": conditions, **address}
        self.world.kube.patch("Pod", self.name, self.world.namespace, {"status": status}, subresource="status")

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Answer at the port `control`, at the pod's address or, the first time, at one that nobody has."""
        server = _listen(self)
        self.address = str(server.server_address[0])
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def digest(live: str) -> str:
    return hashlib.sha256(live.encode()).hexdigest()


def live_of(world: World, pod: SteeredPod) -> str:
    """The live.yaml in the ConfigMap that the pod mounts."""
    volumes = {volume["name"]: volume for volume in pod.read()["spec"]["volumes"]}
    config = world.kube.read("ConfigMap", volumes["live"]["configMap"]["name"], world.namespace)
    return str(config["data"]["live.yaml"])


@contextmanager
def placed(world: World, count: int, **spec: Any) -> Iterator[list[SteeredPod]]:
    """A server of so many pods on the bare node; none is ready yet, and none listens."""
    world.make_claim("steering")
    world.make_class(**ON_BARE_NODE)
    spec = {"emotions": emotions()} | spec
    world.make_server(replicas=count, **spec)

    def there() -> list[Manifest] | None:
        found = [pod for pod in world.pods() if pod["spec"].get("nodeName")]
        return found if len(found) == count else None

    pods = eventually(there, "the pods are on the node")
    yield [SteeredPod(world, name) for name in sorted(pod["metadata"]["name"] for pod in pods)]
    world.make_server(replicas=0, **spec)
    eventually(lambda: all("deletionTimestamp" in pod["metadata"] for pod in world.pods()), "the pods are to end")
    for pod in world.pods():
        world.kube.kill_pod(pod)


@contextmanager
def steered(world: World, count: int = 1, **spec: Any) -> Iterator[list[SteeredPod]]:
    """The same, once all pods are ready and have in force what is asked for."""
    with placed(world, count, **spec) as pods, ExitStack() as stack:
        for pod in pods:
            pod.steers(live_of(world, pod))
            stack.enter_context(pod.listening())
            pod.becomes_ready()
        yield pods


def _listen(pod: SteeredPod) -> ThreadingHTTPServer:
    """Any address of 127/8 is this machine's; other tests may be here, too."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            pod.asked += 1
            if pod.silences:
                pod.silences -= 1
                return
            body = json.dumps(pod.document()).encode()
            self.send_response(200 if self.path.partition("?")[0] == "/stats" else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    for _ in range(ATTEMPTS):
        address = pod.address or f"127.{random.randint(1, 254)}.{random.randint(1, 254)}.{random.randint(1, 254)}"
        try:
            return ThreadingHTTPServer((address, PORT), Handler)
        except OSError as error:
            failure = error
    raise OSError(f"no address at which port {PORT} is free, such as where somebody listens at 0.0.0.0") from failure
