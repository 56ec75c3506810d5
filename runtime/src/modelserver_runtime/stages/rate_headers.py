"""How a client stands with its limits, in the headers of each API family."""

import math
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from modelserver_runtime.refusals import Family

Kind = Literal["requests", "tokens"]
KINDS: tuple[Kind, ...] = ("requests", "tokens")


class Standing(NamedTuple):
    """One client and one limit: how much a minute, how much of it is left, when (Unix time) the minute is over."""

    limit: int
    remaining: int
    resets: float


def headers(family: Family, kind: Kind, standing: Standing, now: float) -> list[tuple[bytes, bytes]]:
    """The three headers; OpenAI's say how long until the reset, Anthropic's at what time it is."""
    reset = _time(standing.resets) if family is Family.ANTHROPIC else _duration(standing.resets - now)
    values = (str(standing.limit), str(standing.remaining), reset)
    return [(name.encode(), value.encode()) for name, value in zip(names(family, kind), values, strict=True)]


def names(family: Family, kind: Kind) -> tuple[str, ...]:
    """The headers' names, as each family's API reference has them: limit, remaining, reset."""
    words = ("limit", "remaining", "reset")
    if family is Family.ANTHROPIC:
        return tuple(f"anthropic-ratelimit-{kind}-{word}" for word in words)
    return tuple(f"x-ratelimit-{word}-{kind}" for word in words)


def _duration(seconds: float) -> str:
    """Such as 6m0s or 59s, never too short."""
    minutes, rest = divmod(max(0, math.ceil(seconds)), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"


def _time(when: float) -> str:
    """RFC 3339, in whole seconds, never too early."""
    return datetime.fromtimestamp(math.ceil(when), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
