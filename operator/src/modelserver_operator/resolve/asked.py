"""What a ModelServer itself asks of its pods, whatever its class and the operator make of it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from modelserver_operator.api import ModelServer

# A change of these replaces no pod; of the emotions a running server takes over what is steered, and how.
APART: dict[str, Any] = {
    "replicas": True,
    "autoscaling": True,
    "expose": True,
    "monitoring": True,
    "paused": True,
    "emotions": {"default": True, "variants": True, "per_request": True},
}


def asked(server: ModelServer) -> str:
    """A digest of it. Defaults are left out: a newer operator, which knows more fields, must find the same."""
    spec = server.spec.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=APART)
    return hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()
