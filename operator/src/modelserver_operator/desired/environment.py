"""The environment of the pod's containers. The hub's token is in that of the download, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelserver_operator.api.sources import HuggingFaceSource
from modelserver_operator.resolve import Resolved

CACHE = "/var/cache/modelserver"

# The root filesystem is read-only and the user has no entry in /etc/passwd: whatever looks for a home, a user's name
# or a cache must find it here, or fails at import.
OWN = {
    "HOME": CACHE,
    "USER": "modelserver",
    "LOGNAME": "modelserver",
    "XDG_CACHE_HOME": f"{CACHE}/xdg",
    "XDG_CONFIG_HOME": f"{CACHE}/config",
    "VLLM_CACHE_ROOT": f"{CACHE}/vllm",
    "TORCHINDUCTOR_CACHE_DIR": f"{CACHE}/torchinductor",
    "TRITON_CACHE_DIR": f"{CACHE}/triton",
    "NUMBA_CACHE_DIR": f"{CACHE}/numba",
    "HF_HOME": f"{CACHE}/huggingface",
    "HF_HUB_OFFLINE": "1",  # the model is on a volume; a look at the hub would only delay or fail the start
    "VLLM_NO_USAGE_STATS": "1",
}


# The one container that must reach the hub; a class without a way there can say so and have filled caches only.
ONLINE = {"HF_HUB_OFFLINE": "0"}
# How many bytes the download may leave on the node's disk before the kubelet evicts the pod.
STORAGE_LIMIT = "MODELSERVER_STORAGE_LIMIT_BYTES"


def environment(resolved: Resolved) -> list[dict[str, Any]]:
    """Our variables, then the class's, whose value holds where both name one: server-side apply refuses repeats."""
    return _variables(OWN | _of_class(resolved))


def download_environment(resolved: Resolved, source: HuggingFaceSource) -> list[dict[str, Any]]:
    """The same for the download, and what it alone is told, which replaces what the class says."""
    told = _token(source) | _storage_limit(resolved)
    chosen = {name: value for name, value in (OWN | ONLINE | _of_class(resolved)).items() if name not in told}
    return [*_variables(chosen), *({"name": name, "valueFrom": where} for name, where in told.items())]


def _token(source: HuggingFaceSource) -> dict[str, Any]:
    secret = source.token_secret_ref
    return {"HF_TOKEN": {"secretKeyRef": {"name": secret.name, "key": secret.key}}} if secret else {}


def _storage_limit(resolved: Resolved) -> dict[str, Any]:
    """Of a model that lies in the pod itself; a cache has a size of its own."""
    if resolved.cache or resolved.resources.ephemeral_storage is None:
        return {}
    return {STORAGE_LIMIT: {"resourceFieldRef": {"resource": "limits.ephemeral-storage", "divisor": "1"}}}


def _of_class(resolved: Resolved) -> dict[str, str]:
    return {variable.name: variable.value for variable in resolved.placement.environment}


def _variables(chosen: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in chosen.items()]
