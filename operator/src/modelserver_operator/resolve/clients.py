"""Who may ask, how much, and from which pages: as the spec says, for no profile opens or closes a door."""

from __future__ import annotations

from modelserver_operator.api import ModelServer
from modelserver_operator.api.auth import RateLimit
from modelserver_operator.resolve.choice import Choice
from modelserver_operator.resolve.outcome import ResolvedAuth, ResolvedRateLimit, Valued


def auth(server: ModelServer) -> ResolvedAuth | None:
    """The Secret with the keys; None where everybody may ask who reaches the server."""
    asked = server.spec.auth
    return ResolvedAuth(Valued(asked.api_keys_secret_ref.name, "spec.auth.apiKeysSecretRef")) if asked else None


def rate_limit(server: ModelServer) -> ResolvedRateLimit | None:
    """What bounds each client; None where nothing does."""
    asked = (server.spec.auth and server.spec.auth.rate_limit) or RateLimit()
    choose = Choice(server.spec.profile, asked, "spec.auth.rateLimit")
    if not asked.bounds():
        return None
    return ResolvedRateLimit(
        requests_per_minute_per_client=choose.asked("requests_per_minute_per_client"),
        tokens_per_minute_per_client=choose.asked("tokens_per_minute_per_client"),
        redis=choose.asked("redis_secret_ref"),
    )


def allowed_origins(server: ModelServer) -> Valued[tuple[str, ...]] | None:
    """The origins whose pages may call; None where none but the server's own may."""
    asked = server.spec.cors
    return Valued(asked.allowed_origins, "spec.cors.allowedOrigins") if asked else None
