"""Where rollouts are measured: a cluster with a kubelet, the operator as users install it, and the demo model."""

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.controlplane.kube import Kube, Manifest
from tests.e2e.served import EMOTIONS, modelserver
from tools.demo import release, server
from tools.demo.cluster import DemoCluster
from tools.demo.kubectl import Kubectl
from tools.demo.up import NAMESPACE, Demo
from tools.setup.recorder import Recorder

NAME = "measured"
PATIENCE_SECONDS = 900.0
ENGINE = {"maxContextTokens": 512, "maxSequences": 8}
PATIENT = {
    "admission": {"queueTimeoutSeconds": 30, "requestTimeoutSeconds": 60},
    "rollout": {"strategy": "Surge", "drainSeconds": 90, "startupTimeoutSeconds": 600},
}
LABELS = f"app.kubernetes.io/name=modelserver,app.kubernetes.io/instance={NAME}"


@dataclass(frozen=True)
class Site:
    """The administrator, where this machine reaches the ModelServer's Service, and how many pods it should have."""

    kube: Kube
    kubectl: Kubectl
    url: str
    replicas: int

    def patch(self, patch: str, kind: str = "merge") -> int:
        """Change the ModelServer as a user does; its new generation."""
        here = ("--namespace", NAMESPACE, "--output=jsonpath={.metadata.generation}")
        return int(self.kubectl.run("patch", "modelserver", NAME, *here, f"--type={kind}", f"--patch={patch}"))

    def pods(self) -> dict[str, Manifest]:
        """By their uids; those that are ending, too."""
        return {pod["metadata"]["uid"]: pod for pod in self.kube.list("Pod", NAMESPACE, LABELS)}

    def holds(self, condition: str, generation: int) -> bool:
        """Whether the condition is True, and of that generation."""
        found = conditions(self.kube.read("ModelServer", NAME, NAMESPACE)).get(condition, {})
        return (found.get("status"), found.get("observedGeneration")) == ("True", generation)


@contextmanager
def site(replicas: int) -> Iterator[Site]:
    """The ModelServer is Ready with so many replicas; everything ends with the block."""
    with tempfile.TemporaryDirectory() as folder:
        demo = Demo(DemoCluster("bench-rollout"), Path(folder))
        demo.cluster.down()
        try:
            kubectl = _served(demo, Recorder(demo.folder / "log"), replicas)
            with closing(Kube(demo.cluster.kubeconfig)) as kube:
                yield Site(kube, kubectl, demo.cluster.address(NAMESPACE, NAME), replicas)
        finally:
            demo.cluster.down()


def conditions(status_of: Manifest) -> dict[str, Manifest]:
    """An object's conditions by their types."""
    return {each["type"]: each for each in status_of.get("status", {}).get("conditions", [])}


def _served(demo: Demo, recorder: Recorder, replicas: int) -> Kubectl:
    demo.cluster.up(recorder)
    demo.cluster.load_images(recorder)
    kubectl = demo.cluster.kubectl()
    release.install(recorder, kubectl, _values(), demo.folder)
    demo.offer_volumes(recorder)
    kubectl.apply(modelserver(NAME, NAMESPACE, replicas=replicas, engine=ENGINE, emotions=EMOTIONS, **PATIENT))
    server.wait_until_ready(recorder, kubectl, NAMESPACE, NAME)
    return kubectl


def _values() -> dict[str, Any]:
    """The demo's, with pods that ask for little: a node of two cores takes one more than there are replicas."""
    values = release.values()
    cpu = values["classes"]["cpu"]
    return values | {"classes": {"cpu": cpu | {"resources": cpu["resources"] | {"cpu": "400m"}}}}
