"""The children's names. The start configuration's hash is in them: a new one gets new objects, and rolls the pods."""

from __future__ import annotations

import hashlib

from modelserver_operator.desired.start_config import start_yaml
from modelserver_operator.resolve import Resolved


def start(resolved: Resolved) -> str:
    """The ConfigMap of the start configuration."""
    return f"{resolved.name}-start-{_hash(resolved)}"


def live(resolved: Resolved) -> str:
    """The ConfigMap of the live configuration, one for each start configuration."""
    return f"{resolved.name}-live-{_hash(resolved)}"


def _hash(resolved: Resolved) -> str:
    return hashlib.sha256(start_yaml(resolved).encode()).hexdigest()[:10]
