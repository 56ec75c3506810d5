"""The objects that the cases are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MODEL = {"persistentVolumeClaim": {"claimName": "models", "path": "demo"}}
HUB = {"huggingFace": {"repo": "Qwen/Qwen2.5-7B-Instruct"}}
IMAGE = {"image": {"reference": "registry.example.com/models/qwen:1"}}
VECTORS = {"persistentVolumeClaim": {"claimName": "steering"}}
REDIS = {"redisSecretRef": {"name": "redis", "key": "url"}}


@dataclass(frozen=True)
class Case:
    """One object.

    says: words that both refusals hold, a field's path or a rule's message; empty when the object is accepted.
    """

    name: str
    manifest: Mapping[str, Any]
    says: str = ""


def server(name: str = "demo", **spec: Any) -> dict[str, Any]:
    """A ModelServer with a model, and what the case is about."""
    return {
        "apiVersion": "modelserver.dev/v1alpha1",
        "kind": "ModelServer",
        "metadata": {"name": name},
        "spec": {"model": MODEL, **spec},
    }


def server_class(name: str = "small", **spec: Any) -> dict[str, Any]:
    """A ModelServerClass with an image and a device, and what the case is about."""
    return {
        "apiVersion": "modelserver.dev/v1alpha1",
        "kind": "ModelServerClass",
        "metadata": {"name": name},
        "spec": {"image": "registry.example.com/runtime:1", "device": "Cpu", **spec},
    }


def mix(vector: str = "happiness", scale: float = 0.5) -> list[dict[str, Any]]:
    """A mix of one vector."""
    return [{"vector": vector, "scale": scale}]


def variants(*names: str) -> dict[str, Any]:
    """Emotions with variants of these names."""
    return {"vectors": VECTORS, "variants": [{"name": name, "mix": mix()} for name in names]}


def mixed(*mixes: list[dict[str, Any]]) -> dict[str, Any]:
    """Emotions with variants of these mixes."""
    return {
        "vectors": VECTORS,
        "variants": [{"name": f"mixed-{index}", "mix": each} for index, each in enumerate(mixes)],
    }


def at(path: str) -> dict[str, Any]:
    """A model in this folder of a volume."""
    return {"persistentVolumeClaim": {"claimName": "models", "path": path}}


def repo(name: str, revision: str = "main") -> dict[str, Any]:
    """A model on the hub."""
    return {"huggingFace": {"repo": name, "revision": revision}}


def spread(count: int, tensor: int, pipeline: int | None = None) -> dict[str, Any]:
    """Accelerators and how the model is spread over them."""
    sizes = {"count": count, "tensorParallelSize": tensor}
    return sizes if pipeline is None else {**sizes, "pipelineParallelSize": pipeline}


def timeouts(queue: int | None, request: int) -> dict[str, Any]:
    """How long a request may wait and run."""
    found = {"requestTimeoutSeconds": request}
    return found if queue is None else {**found, "queueTimeoutSeconds": queue}


def rated(**rate: Any) -> dict[str, Any]:
    """Keys, and what bounds each client."""
    return {"apiKeysSecretRef": {"name": "keys"}, "rateLimit": rate}


def cached(mode: str | None = None, **spec: Any) -> dict[str, Any]:
    """A server with a model of the hub and a cache; `mode` is the cache's, ReadWriteOnce when left out."""
    return server(**{"model": HUB, "cache": cache(mode), **spec})


def cache(mode: str | None = None, **fields: Any) -> dict[str, Any]:
    """A cache of 40Gi."""
    return {"size": "40Gi", **({"accessMode": mode} if mode else {}), **fields}


def ingress(host: str, **fields: Any) -> dict[str, Any]:
    """Exposed by an Ingress."""
    return {"ingress": {"host": host, **fields}}


def route(*hosts: str, gateway: str = "public", **parent: Any) -> dict[str, Any]:
    """Exposed by an HTTPRoute."""
    return {"httpRoute": {"parentRefs": [{"name": gateway, **parent}], "hostnames": list(hosts)}}


def scaled(least: int, most: int, **fields: Any) -> dict[str, Any]:
    """A scaler between these numbers."""
    return {"minReplicas": least, "maxReplicas": most, **fields}


def volume(path: str) -> dict[str, Any]:
    """A class's volume at this path."""
    return {"name": "engine", "persistentVolumeClaim": {"claimName": "engine"}, "mountPath": path}
