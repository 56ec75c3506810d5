"""Who may use a server, how much, and from which pages."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from modelserver_operator.api.fields import Origin
from modelserver_operator.api.rules import Rule
from modelserver_operator.api.secrets import SecretKey, SecretName
from modelserver_operator.api.struct import Struct, Unique


class RateLimit(Struct):
    """How much one client may ask for; what is more gets a 429 with Retry-After."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            message="requestsPerMinutePerClient or tokensPerMinutePerClient must be set where redisSecretRef is",
            cel="!has(self.redisSecretRef) || has(self.requestsPerMinutePerClient)"
            " || has(self.tokensPerMinutePerClient)",
            holds=lambda rate: rate.redis_secret_ref is None or rate.bounds(),
        ),
    )

    requests_per_minute_per_client: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """requestsPerMinutePerClient bounds the requests of one API key; left out, they are not bounded."""

    tokens_per_minute_per_client: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    """tokensPerMinutePerClient bounds the tokens of one API key, read and made; left out, they are not bounded."""

    redis_secret_ref: SecretKey | None = None
    """redisSecretRef is the URL of a Redis in which all pods count together; left out, each pod counts alone."""

    def bounds(self) -> bool:
        """Whether it bounds anything."""
        return (self.requests_per_minute_per_client, self.tokens_per_minute_per_client) != (None, None)


class Auth(Struct):
    """API keys, as OpenAI and Anthropic clients send them."""

    api_keys_secret_ref: SecretName
    """apiKeysSecretRef is the Secret whose entries are the clients' names and their keys; a change of its content
    restarts nothing."""

    rate_limit: RateLimit | None = None
    """rateLimit bounds each client by itself."""


class Cors(Struct):
    """What browsers may do."""

    allowed_origins: Annotated[tuple[Origin, ...], Field(min_length=1, max_length=32), Unique()]
    """allowedOrigins are the origins whose pages may call the server, such as https://app.example.com; * is all."""
