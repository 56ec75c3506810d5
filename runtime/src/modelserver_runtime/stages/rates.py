"""Rates: how many requests and tokens one client may have a minute.

A request is counted when it comes. Of tokens the prompt's estimate is counted before the request may wait for a slot,
and the rest of what was used once that is known: a client can exceed its limit by the answers that are under way.
"""

import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from modelserver_runtime.config import RateLimit
from modelserver_runtime.measure import Measure
from modelserver_runtime.refusals import Refusal, Refused
from modelserver_runtime.reply import Reply
from modelserver_runtime.stages import rate_headers
from modelserver_runtime.stages.counters import MINUTE, Count, Counter
from modelserver_runtime.stages.rate_headers import Kind, Standing

REASONS: dict[Kind, str] = {"requests": "request_rate", "tokens": "token_rate"}
CODE = "rate_limit_exceeded"  # as OpenAI's servers call either
NEVER = ((b"x-should-retry", b"false"),)


class Rates:
    """Counts in `counter`; `now` is the clock that its times are of."""

    def __init__(self, limits: RateLimit, counter: Counter, now: Callable[[], float] = time.time) -> None:
        self._limits: dict[Kind, int | None] = {
            "requests": limits.requests_per_minute_per_client,
            "tokens": limits.tokens_per_minute_per_client,
        }
        self._counter = counter
        self._now = now

    async def take_request(self, reply: Reply) -> None:
        """Count a request of the reply's client; Refused (429) when it had its share of this minute."""
        await self._take("requests", 1, reply)

    async def take_tokens(self, estimate: int, reply: Reply) -> None:
        """Count the tokens that a prompt is thought to have; Refused (429) when they are more than is left."""
        await self._take("tokens", estimate, reply)

    async def settle(self, client: str, estimate: int, used: int) -> None:
        """Count what was really used in the estimate's place: in the minute in which it is known."""
        if self._limits["tokens"] is not None and used != estimate:
            await self._counter.add(_key("tokens", client), used - estimate)

    @asynccontextmanager
    async def charged(self, estimate: int, measure: Measure, reply: Reply) -> AsyncIterator[None]:
        """Take a request's tokens, and settle when the block ends, however that is."""
        await self.take_tokens(estimate, reply)
        try:
            yield
        finally:
            await self.settle(reply.client, estimate, _used(measure, estimate))

    async def _take(self, kind: Kind, amount: int, reply: Reply) -> None:
        limit = self._limits[kind]
        if limit is None:
            return
        fits = amount <= limit  # what can never pass is not counted, not even for a moment
        count = await self._counter.add(_key(kind, reply.client), amount if fits else 0)
        if not fits:
            self._tell(kind, limit, count, reply)
            raise Refused(_refusal(kind, limit, amount, count.resets - self._now()))
        if count.used > limit:
            given_back = await self._counter.add(_key(kind, reply.client), -amount)
            self._tell(kind, limit, given_back, reply)
            raise Refused(_refusal(kind, limit, amount, count.resets - self._now()))
        self._tell(kind, limit, count, reply)

    def _tell(self, kind: Kind, limit: int, count: Count, reply: Reply) -> None:
        standing = Standing(limit, min(limit, max(0, limit - count.used)), count.resets)
        reply.add_headers(rate_headers.headers(reply.family, kind, standing, self._now()))


def _key(kind: Kind, client: str) -> str:
    return f"{kind}/{client}"


def _used(measure: Measure, estimate: int) -> int:
    """What a request has cost: nothing, unless it got a slot; of one that was broken off before the engine told its
    usage, the estimate and a token for each event."""
    if not measure.admitted:
        return 0
    return measure.tokens if measure.prompt_tokens else estimate + measure.generated


def _refusal(kind: Kind, limit: int, amount: int, seconds: float) -> Refusal:
    after = min(MINUTE, max(1, math.ceil(seconds)))
    if amount > limit:
        message = f"The request is too large: about {amount} {kind}, and the limit is {limit} a minute."
        return Refusal(429, REASONS[kind], message, retry_after=after, headers=NEVER, code=CODE)
    message = f"The rate limit is reached: {limit} {kind} a minute; try again in {after} seconds."
    return Refusal(429, REASONS[kind], message, retry_after=after, code=CODE)
