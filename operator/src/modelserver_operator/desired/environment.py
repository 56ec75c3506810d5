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


def environment(resolved: Resolved) -> list[dict[str, Any]]:
    """Our variables, then the class's, whose value holds where both name one: server-side apply refuses repeats."""
    return _variables(OWN | _of_class(resolved))


def download_environment(resolved: Resolved, source: HuggingFaceSource) -> list[dict[str, Any]]:
    """The same for the download, and its token, which replaces one of the class."""
    chosen = OWN | ONLINE | _of_class(resolved)
    secret = source.token_secret_ref
    if secret is None:
        return _variables(chosen)
    token = {"secretKeyRef": {"name": secret.name, "key": secret.key}}
    return [*_variables(chosen, without="HF_TOKEN"), {"name": "HF_TOKEN", "valueFrom": token}]


def _of_class(resolved: Resolved) -> dict[str, str]:
    return {variable.name: variable.value for variable in resolved.placement.environment}


def _variables(chosen: Mapping[str, str], without: str = "") -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in chosen.items() if name != without]
