"""What of a scaler's event is worth a look at its ModelServer. Pure.

A HorizontalPodAutoscaler's status changes whenever somebody looks, with the load.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modelserver_operator.cluster import HORIZONTAL_POD_AUTOSCALER
from modelserver_operator.status import condition, news, reading

CONDITIONS = ("AbleToScale", "ScalingActive", "Ready", "Fallback")  # the last two are KEDA's


@dataclass(frozen=True)
class Digest:
    """made: what people and operators write. works: of each condition whether it holds, and if not, why not. desired:
    the number of pods. news: the most that was told of what bounds this number, for that comes and goes."""

    made: str
    works: tuple[tuple[str, str, str], ...]
    desired: int
    news: int


def digest(scaler: Mapping[str, Any], before: Digest | None) -> Digest:
    """Equal to the one before when nothing that is used has changed since."""
    status, metadata = scaler.get("status") or {}, scaler["metadata"]
    found = reading(scaler) if scaler.get("kind") == HORIZONTAL_POD_AUTOSCALER.name else None
    desired, told = (found.desired, news(found.bounded_by)) if found else (0, 0)
    if before and before.desired == desired:
        told = max(told, before.news)
    written = {key: metadata.get(key) for key in ("labels", "ownerReferences", "deletionTimestamp")}
    return Digest(_digest(written, scaler.get("spec")), _works(status), desired, told)


def _works(status: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    found = [(kind, condition(status, kind)) for kind in CONDITIONS]
    return tuple(
        (kind, each["status"], each.get("reason", "") if each["status"] == "False" else "")
        for kind, each in found
        if each
    )


def _digest(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
