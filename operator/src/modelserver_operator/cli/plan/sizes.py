"""What a plan says of the memory that a model needs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """What a family of weights takes, in bytes, of all accelerators of a replica together."""

    name: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Bytes on one accelerator of a replica, the fullest one.

    fits: None where that cannot be told, and the reason says why. advice: what alone would make it fit.
    context: the most tokens that the model is made for, None where that is not known.
    on_cpu: there are no accelerators, and the sizes are those of one unit's memory.
    files: the weights of the whole model in its files. cache: what is left for the KV cache.
    cache_for_all: for maxSequences sequences of maxContextTokens.
    """

    fits: bool | None
    verdict: str
    reason: str = ""
    advice: tuple[str, ...] = ()
    context: int | None = None
    on_cpu: bool = False
    accelerators: int = 1
    files: int | None = None
    weights: int | None = None
    families: tuple[Family, ...] = ()
    activations: int | None = None
    graphs: int | None = None
    outside: int | None = None
    room: int | None = None
    cache: int | None = None
    cache_per_token: int | None = None
    cache_per_sequence: int | None = None
    cache_for_all: int | None = None
    sequences_at_once: float | None = None
