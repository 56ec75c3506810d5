"""The environment of the runtime's container."""

from __future__ import annotations

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


def environment(resolved: Resolved) -> list[dict[str, str]]:
    """Our variables, then the class's, whose value holds where both name one: server-side apply refuses repeats."""
    chosen = OWN | {variable.name: variable.value for variable in resolved.placement.environment}
    return [{"name": name, "value": value} for name, value in chosen.items()]
