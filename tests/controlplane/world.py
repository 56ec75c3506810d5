"""One test's own corner of the cluster: a namespace with a model in it, a class, and questions about a ModelServer."""

import copy
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.controlplane.kube import Kube, Manifest, eventually

MODEL = {"persistentVolumeClaim": {"claimName": "models", "path": "demo"}}
SMALL = {"cpu": "1", "memory": "1Gi"}
# The class's part that brings pods to the node of the fixture bare_node, where nothing happens by itself.
ON_BARE_NODE: Manifest = {"nodeSelector": {"bare": "yes"}, "tolerations": [{"operator": "Exists"}]}
MADE_KINDS = (
    "ServiceAccount",
    "ConfigMap",
    "PersistentVolumeClaim",
    "NetworkPolicy",
    "Deployment",
    "PodDisruptionBudget",
    "Service",
    "Ingress",
    "HTTPRoute",
    "ServiceMonitor",
    "PrometheusRule",
    "HorizontalPodAutoscaler",
    "ScaledObject",
)
OPTIONAL_KINDS = ("HTTPRoute", "ServiceMonitor", "PrometheusRule", "ScaledObject")
CHILD_KINDS = (*MADE_KINDS, "ReplicaSet", "Pod")
RETAINED = "modelserver.dev/retained-for"


def owners(child: Manifest) -> list[tuple[str, str]]:
    """Kind and name of each owner."""
    return [(each["kind"], each["name"]) for each in child["metadata"].get("ownerReferences", [])]


@dataclass(frozen=True)
class World:
    """`namespace` is the test's own; classes are named after it, since they are the cluster's."""

    kube: Kube
    namespace: str

    def make_class(self, name: str = "", **spec: Any) -> Manifest:
        """Apply a class with which kwok's node can run pods."""
        content = {
            "image": "registry.example.com/runtime:1",
            "device": "Cpu",
            "resources": SMALL,
        }
        return self.kube.apply(
            {
                "apiVersion": "modelserver.dev/v1alpha1",
                "kind": "ModelServerClass",
                "metadata": {"name": name or self.namespace},
                "spec": content | spec,
            }
        )

    def make_server(self, name: str = "demo", **spec: Any) -> Manifest:
        """Apply a ModelServer of the test's class."""
        return self.kube.apply(self.server_manifest(name, **spec))

    def server_manifest(self, name: str = "demo", **spec: Any) -> Manifest:
        return {
            "apiVersion": "modelserver.dev/v1alpha1",
            "kind": "ModelServer",
            "metadata": {"name": name, "namespace": self.namespace},
            "spec": {"className": self.namespace, "model": copy.deepcopy(MODEL)} | spec,
        }

    def serve(self, name: str = "demo", **spec: Any) -> Manifest:
        """A class, a ModelServer, and the wait until it is Ready."""
        self.make_class()
        self.make_server(name, **spec)
        return self.wait_for(name, "Ready", "True")

    def server(self, name: str = "demo") -> Manifest:
        return self.kube.read("ModelServer", name, self.namespace)

    def condition(self, name: str, kind: str) -> Manifest:
        """The condition, if it is about the newest generation; else nothing."""
        server = self.server(name)
        conditions = server.get("status", {}).get("conditions", [])
        found: Manifest = next((each for each in conditions if each["type"] == kind), {})
        return found if found.get("observedGeneration") == server["metadata"]["generation"] else {}

    def wait_for(self, name: str, kind: str, status: str, reason: str = "") -> Manifest:
        """Wait for a condition of the newest generation; the ModelServer, or with a reason the condition."""

        def seen() -> Manifest | None:
            found = self.condition(name, kind)
            good = found.get("status") == status and reason in ("", found.get("reason"))
            return found if good else None

        try:
            found = eventually(seen, f"{name} has {kind}={status} {reason}")
        except AssertionError as error:
            raise AssertionError(f"{error}; status: {self.server(name).get('status')}") from None
        return found if reason else self.server(name)

    def children(self, name: str = "demo") -> list[Manifest]:
        """Everything with the ModelServer's labels, a cache that outlives it excepted."""
        labels = f"app.kubernetes.io/name=modelserver,app.kubernetes.io/instance={name}"
        kinds = [kind for kind in CHILD_KINDS if kind not in OPTIONAL_KINDS or self.kube.serves(kind)]
        found = [child for kind in kinds for child in self.kube.list(kind, self.namespace, labels)]
        return [child for child in found if RETAINED not in child["metadata"].get("annotations", {})]

    def made(self, name: str = "demo") -> list[Manifest]:
        """The children that the operator itself makes."""
        return [child for child in self.children(name) if child["kind"] in MADE_KINDS]

    def child(self, kind: str, name: str = "demo") -> Manifest:
        return self.kube.read(kind, name, self.namespace)

    def versions(self, name: str = "demo") -> dict[tuple[str, str], str]:
        """The resourceVersion of the ModelServer and of each child that the operator makes: who writes, changes one."""
        all_of_it = [{"kind": "ModelServer"} | self.server(name), *self.made(name)]
        return {(each["kind"], each["metadata"]["name"]): each["metadata"]["resourceVersion"] for each in all_of_it}

    def config_maps(self, name: str = "demo") -> set[str]:
        return {child["metadata"]["name"] for child in self.children(name) if child["kind"] == "ConfigMap"}

    def pods(self, name: str = "demo") -> list[Manifest]:
        return [child for child in self.children(name) if child["kind"] == "Pod"]

    def make_claim(self, name: str = "models") -> None:
        """A PersistentVolumeClaim that is bound, since pods are not scheduled without."""
        volume = f"{self.namespace}-{name}"
        size = {"storage": "1Gi"}
        shared = {"accessModes": ["ReadOnlyMany"], "storageClassName": ""}
        claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": self.namespace, "name": name}
        self.kube.apply(
            {
                "apiVersion": "v1",
                "kind": "PersistentVolume",
                "metadata": {"name": volume},
                "spec": shared | {"capacity": size, "claimRef": claim, "hostPath": {"path": "/models"}},
            }
        )
        self.kube.apply(
            {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": {"name": name, "namespace": self.namespace},
                "spec": shared | {"resources": {"requests": size}, "volumeName": volume},
            }
        )


@contextmanager
def world_in(kube: Kube, whose: str) -> Iterator[World]:
    """A world that is named after whose it is, and gone afterwards."""
    name = "t-" + hashlib.sha256(whose.encode()).hexdigest()[:10]
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
    eventually(lambda: kube.get("ServiceAccount", "default", name), "the namespace can hold pods")
    world = World(kube, name)
    world.make_claim()
    yield world
    kube.delete("Namespace", name)
    kube.delete("ModelServerClass", name)
