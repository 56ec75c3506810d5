"""What is generated where a request is silent."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from modelserver_operator.api.rules import Rule
from modelserver_operator.api.struct import Struct

Tokens = Annotated[int, Field(ge=1, le=16_777_216)]
Effort = Literal["Low", "Medium", "High"]


class Generation(Struct):
    """Defaults of requests, and their cap."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            message="maxTokens may be at most maxTokensLimit",
            cel="!has(self.maxTokens) || !has(self.maxTokensLimit) || self.maxTokens <= self.maxTokensLimit",
            holds=lambda generation: (
                None in (generation.max_tokens, generation.max_tokens_limit)
                or generation.max_tokens <= generation.max_tokens_limit
            ),
        ),
    )

    max_tokens: Tokens | None = None
    """maxTokens is how many tokens an answer has at most, where the request does not say."""

    max_tokens_limit: Tokens | None = None
    """maxTokensLimit is the most that a request may ask for; left out, the profile's, or maxTokens where that is
    more."""

    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    """temperature of sampling; 0 always takes the likeliest token."""

    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    """topP is the share of the probability, likeliest tokens first, that is sampled from."""

    reasoning_effort: Effort | None = None
    """reasoningEffort is how much models think first that can be told so: Low, Medium or High; left out, the
    profile's."""
