"""A ModelServer in the cluster of these tests, and what a user sees of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.demo.kubectl import Kubectl, KubectlError

Manifest = dict[str, Any]

# Of the demo model's vectors.
EMOTIONS = {
    "vectors": {"persistentVolumeClaim": {"claimName": "vectors"}},
    "variants": [
        {"name": "shared-happy", "mix": [{"vector": "happiness", "scale": 1}]},
        {"name": "shared-sad", "mix": [{"vector": "sadness", "scale": 1}]},
    ],
}


@dataclass(frozen=True)
class Served:
    """A ModelServer by namespace and name."""

    kubectl: Kubectl
    namespace: str
    name: str

    @property
    def here(self) -> tuple[str, str]:
        """kubectl's option for the namespace."""
        return "--namespace", self.namespace

    def condition(self, kind: str = "Ready") -> Mapping[str, Any]:
        """The condition, or an empty one while there is none."""
        status = self.kubectl.get("modelserver", self.name, *self.here).get("status", {})
        return next((each for each in status.get("conditions", []) if each["type"] == kind), {})

    def ready(self) -> bool:
        """Whether it is Ready."""
        return self.condition().get("status") == "True"

    def not_ready_because(self, reason: str) -> Mapping[str, Any] | None:
        """The condition Ready, once it is False for this reason."""
        ready = self.condition()
        return ready if ready.get("status") == "False" and ready.get("reason") == reason else None

    def pods(self) -> list[Manifest]:
        """Its pods."""
        labels = f"app.kubernetes.io/name=modelserver,app.kubernetes.io/instance={self.name}"
        items: list[Manifest] = self.kubectl.get("pods", *self.here, "--selector", labels)["items"]
        return items

    def children(self) -> list[str]:
        """What exists of it, as kind/name, pods and ReplicaSets included."""
        kinds = "deployments,replicasets,services,configmaps,pods"
        labels = f"app.kubernetes.io/instance={self.name}"
        return self.kubectl.run("get", kinds, *self.here, "--selector", labels, "-o", "name").split()

    def exists(self) -> bool:
        """Whether the object itself is there."""
        try:
            self.kubectl.get("modelserver", self.name, *self.here)
        except KubectlError as error:
            if "NotFound" in str(error):
                return False
            raise
        return True


def modelserver(name: str, namespace: str, **spec: Any) -> Manifest:
    """A small ModelServer of the demo's model; `spec` replaces fields."""
    return {
        "apiVersion": "modelserver.dev/v1alpha1",
        "kind": "ModelServer",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"model": {"persistentVolumeClaim": {"claimName": "models", "path": "model"}}, **spec},
    }
