"""Config documents as the operator writes them, for tests to change."""

import copy
from typing import Any

START: dict[str, Any] = {
    "schemaVersion": 1,
    "server": {
        "name": "demo",
        "servedNames": ["demo", "org/demo"],
        "host": "127.0.0.1",
        "httpPort": 8000,
        "controlPort": 9000,
        "keepAliveSeconds": 65,
    },
    "profile": "Balanced",
    "model": {"path": "/models/demo"},
    "engine": {
        "device": "Cpu",
        "dtype": "float32",
        "maxContextTokens": 512,
        "maxSequences": 8,
        "acceleratorMemoryPercent": 90,
        "tensorParallelSize": 1,
        "pipelineParallelSize": 1,
        "streamIntervalTokens": 1,
        "arguments": {"enforce-eager": "", "kv-cache-memory-bytes": "67108864"},
    },
    "admission": {
        "maxRunning": 2,
        "maxWaiting": 2,
        "queueTimeoutSeconds": 30,
        "requestTimeoutSeconds": 300,
        "maxBodyBytes": 1048576,
    },
    "drain": {"lameDuckSeconds": 0, "drainSeconds": 60},
}
LIVE: dict[str, Any] = {
    "schemaVersion": 1,
    "emotions": {
        "default": {"mix": [{"vector": "happiness", "scale": 0.2}], "phase": "all"},
        "variants": [{"name": "grave", "mix": [{"vector": "sadness", "scale": 1}], "phase": "decode"}],
    },
}


def start(**changes: Any) -> dict[str, Any]:
    """START with the value at each dotted key replaced: start(**{"engine.dtype": "auto"}); None removes the key."""
    return _changed(START, changes)


def live(**changes: Any) -> dict[str, Any]:
    """LIVE, changed likewise."""
    return _changed(LIVE, changes)


def _changed(document: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    document = copy.deepcopy(document)
    for dotted, value in changes.items():
        *path, last = dotted.split(".")
        holder = document
        for key in path:
            holder = holder[key]
        if value is None:
            del holder[last]
        else:
            holder[last] = value
    return document


def rate_limit(requests: int | None = None, tokens: int | None = None) -> dict[str, Any]:
    """The key rateLimit with these bounds."""
    bounds = {"requestsPerMinutePerClient": requests, "tokensPerMinutePerClient": tokens}
    return {"rateLimit": {name: bound for name, bound in bounds.items() if bound}}
