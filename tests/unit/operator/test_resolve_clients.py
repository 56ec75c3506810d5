"""Who may ask, how much, and what a request gets that says nothing of it: every choice with its reason."""

from __future__ import annotations

from typing import Any

import pytest
from tests.crd_cases import server, server_class
from tests.unit.operator.resolving import resolved

from modelserver_operator.api import ModelServer, ModelServerClass
from modelserver_operator.resolve import ASSUMED, Resolved, Valued, effective, resolve
from modelserver_operator.resolve.profiles import PROFILES

KEYS: dict[str, Any] = {"apiKeysSecretRef": {"name": "keys"}}
REDIS: dict[str, Any] = {"redisSecretRef": {"name": "redis", "key": "url"}}


def told(**spec: Any) -> dict[str, Valued[object]]:
    """What is in force."""
    return dict(effective(resolved(spec)))


def created(timestamp: object) -> Resolved:
    """A ModelServer with this metadata.creationTimestamp."""
    manifest = server(className="small")
    manifest["metadata"]["creationTimestamp"] = timestamp
    of_class = ModelServerClass.parse(server_class(), strict=True)
    outcome = resolve(ModelServer.parse(manifest, strict=True), of_class, ASSUMED)
    assert isinstance(outcome, Resolved), outcome
    return outcome


def test_without_auth_and_cors_nothing_is_said_of_them() -> None:
    found = resolved({})
    assert (found.auth, found.rate_limit, found.allowed_origins) == (None, None, None)
    assert not {name for name in told() if name.startswith(("auth", "rateLimit", "cors"))}


def test_keys_rates_and_origins_are_told_with_their_fields() -> None:
    rate = {"requestsPerMinutePerClient": 60, **REDIS}
    found = told(auth={**KEYS, "rateLimit": rate}, cors={"allowedOrigins": ["https://a.test", "https://b.test"]})
    assert found["auth.apiKeysSecret"] == Valued("keys", "spec.auth.apiKeysSecretRef")
    assert found["rateLimit.requestsPerMinutePerClient"] == Valued(60, "spec.auth.rateLimit.requestsPerMinutePerClient")
    assert found["rateLimit.redis"] == Valued("redis, key url", "spec.auth.rateLimit.redisSecretRef")
    assert "rateLimit.tokensPerMinutePerClient" not in found
    assert found["cors.allowedOrigins"] == Valued("https://a.test, https://b.test", "spec.cors.allowedOrigins")


def test_many_origins_fit_the_status() -> None:
    origins = [f"https://{'a' * 240}-{number}.test" for number in range(32)]
    value = str(told(cors={"allowedOrigins": origins})["cors.allowedOrigins"].value)
    assert value.endswith(" and 29 more")
    assert len(value) <= 1024


def test_a_rate_that_bounds_nothing_is_none() -> None:
    assert resolved({"auth": {**KEYS, "rateLimit": {}}}).rate_limit is None


@pytest.mark.parametrize(
    ("asked", "limit", "reason"),
    [
        (None, 1024, "profile LatencyFirst"),
        ({"maxTokens": 100}, 1024, "profile LatencyFirst"),
        ({"maxTokens": 1024}, 1024, "profile LatencyFirst"),
        ({"maxTokens": 1025}, 1025, "spec.generation.maxTokens, above the 1024 of profile LatencyFirst"),
        ({"maxTokensLimit": 9000}, 9000, "spec.generation.maxTokensLimit"),
        ({"maxTokens": 5, "maxTokensLimit": 5}, 5, "spec.generation.maxTokensLimit"),
    ],
)
def test_the_cap_of_tokens(asked: dict[str, int] | None, limit: int, reason: str) -> None:
    found = resolved({"profile": "LatencyFirst", "generation": asked}).generation.max_tokens_limit
    assert (found.value, found.reason) == (limit, reason)


def test_what_a_request_gets_that_is_silent() -> None:
    found = resolved({"generation": {"temperature": 0, "reasoningEffort": "High"}}).generation
    assert (found.max_tokens, found.top_p) == (None, None)
    assert found.temperature == Valued(0, "spec.generation.temperature")
    assert found.reasoning_effort == Valued("High", "spec.generation.reasoningEffort")


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_has_a_cap_an_effort_and_a_threshold(profile: str) -> None:
    values, found = PROFILES[profile], told(profile=profile)  # type: ignore[index]  # the table's own keys
    assert found["generation.maxTokensLimit"].value == values.max_tokens_limit
    assert found["generation.reasoningEffort"].value == values.reasoning_effort
    assert found["admission.refuseEarlyAbovePercent"].value == values.refuse_early_above_percent


def test_a_threshold_of_the_spec_wins() -> None:
    asked = {"profile": "LatencyFirst", "admission": {"refuseEarlyAbovePercent": 100}}
    assert resolved(asked).admission.refuse_early_above_percent.value == 100


@pytest.mark.parametrize(
    ("timestamp", "day"),
    [
        ("2026-11-20T23:59:59Z", "2026-11-20"),
        ("2026-11-20T23:30:00-01:00", "2026-11-21"),
        ("yesterday", None),
        (7, None),
        (None, None),
    ],
)
def test_the_day_that_prompts_speak_of(timestamp: object, day: str | None) -> None:
    found = created(timestamp).engine.system_date
    assert (found and found.value) == day


def test_what_was_never_stored_has_no_day() -> None:
    assert "engine.systemDate" not in told()
