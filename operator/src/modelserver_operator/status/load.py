"""How much work a ModelServer's pods have together, as far as they say: the number that scales. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Load:
    """The sum over the pods at one moment.

    unfinished: requests, running and waiting; None where it is not known, and then `why` says why. assumed: how many of
    the pods do not answer and count for what they had last, or for what one pod should have. target: what one pod
    should have. taken: when the oldest answer that counts was given, in seconds since 1970; None without any.
    """

    unfinished: int | None
    target: int
    pods: int = 0
    assumed: int = 0
    taken: float | None = None
    why: str = ""
