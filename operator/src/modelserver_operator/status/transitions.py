"""The answers as they are stored: each with the time at which it last became another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from modelserver_operator.api import ConditionType
from modelserver_operator.status.finding import Finding, bounded

Answer = tuple[ConditionType, bool, Finding]


def conditions(
    given: Iterable[Answer], previous: Mapping[str, Any], generation: int, now: datetime
) -> list[dict[str, Any]]:
    """Each as it is stored; the time of its transition stays when its answer stays."""
    before = {each["type"]: each for each in previous.get("conditions", ())}
    return [
        {
            "type": str(kind),
            "status": str(holds),
            "reason": str(cause.reason),
            "message": bounded(cause.message),
            "observedGeneration": generation,
            "lastTransitionTime": _since(before.get(kind, {}), str(holds), now),
        }
        for kind, holds, cause in given
    ]


def _since(before: Mapping[str, Any], holds: str, now: datetime) -> str:
    return str(before["lastTransitionTime"]) if before.get("status") == holds else text(now)


def text(now: datetime) -> str:
    """A time as it is stored."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
