"""How a server that has vectors may be steered."""

from __future__ import annotations

from modelserver_operator.api.emotions import Emotions
from modelserver_operator.resolve.outcome import ResolvedSteering, Valued

# As many as Balanced has sequences: each of them may be steered otherwise.
MAX_ACTIVE_MIXES = 64


def steering(emotions: Emotions) -> ResolvedSteering | None:
    """The spec's values or the defaults; None without vectors."""
    if emotions.vectors is None:
        return None
    own, most = emotions.per_request, emotions.max_active_mixes
    return ResolvedSteering(
        per_request=Valued(own, "spec.emotions.perRequest") if own else Valued("Enabled", "default with vectors"),
        max_active_mixes=Valued(most, "spec.emotions.maxActiveMixes") if most else Valued(MAX_ACTIVE_MIXES, "default"),
    )
