"""What requests get that say nothing of it, and the most that they may ask for."""

from __future__ import annotations

from modelserver_operator.api import ModelServer
from modelserver_operator.api.generation import Generation
from modelserver_operator.resolve.choice import Choice
from modelserver_operator.resolve.outcome import ResolvedGeneration, Valued


def generation(server: ModelServer) -> ResolvedGeneration:
    """The spec's values; the profile has a cap and an effort, and leaves the rest to the engine."""
    choose = Choice(server.spec.profile, server.spec.generation or Generation(), "spec.generation")
    return ResolvedGeneration(
        max_tokens=choose.asked("max_tokens"),
        max_tokens_limit=_limit(choose),
        temperature=choose.asked("temperature"),
        top_p=choose.asked("top_p"),
        reasoning_effort=choose.asked_or_profile("reasoning_effort"),
    )


def _limit(choose: Choice) -> Valued[int]:
    """The profile's cap is for those who state nothing: it makes no stated maxTokens wrong."""
    profile, usual = choose.of_profile("max_tokens_limit"), choose.asked("max_tokens")
    if usual and usual.value > profile.value:
        profile = Valued(usual.value, f"spec.generation.maxTokens, above the {profile.value} of {profile.reason}")
    return choose.asked("max_tokens_limit") or profile
