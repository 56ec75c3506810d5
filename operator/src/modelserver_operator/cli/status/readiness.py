"""How many pods of a ModelServer are Ready as they themselves say, and since when: an operator that looks knows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from modelserver_operator.cluster import Manifest
from modelserver_operator.status import answering, condition


@dataclass(frozen=True)
class Readiness:
    """number: of pods that are Ready and that nobody has deleted. since: when the last of a server's pods became Ready,
    ceased to be, or was deleted; None where no pod is left that tells it, as when they were deleted at once."""

    number: int
    since: datetime | None = None


def readiness(pods: Iterable[Manifest]) -> Readiness:
    """Of these pods, which are all that a server's Deployment has."""
    those = list(pods)
    changes = [time for pod in those for time in _changes(pod)]
    return Readiness(len(answering(those)), max(changes, default=None))


def _changes(pod: Manifest) -> Iterator[datetime]:
    """When it was last otherwise than now. A deletionTimestamp is the time by which the pod must have ended."""
    metadata, ready = pod["metadata"], condition(pod.get("status", {}), "Ready")
    yield datetime.fromisoformat(ready.get("lastTransitionTime") or metadata["creationTimestamp"])
    if end := metadata.get("deletionTimestamp"):
        yield datetime.fromisoformat(end) - timedelta(seconds=metadata.get("deletionGracePeriodSeconds", 0))
