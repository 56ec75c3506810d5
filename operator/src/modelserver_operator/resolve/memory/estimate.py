"""Weights, KV cache and headroom of a model on one accelerator, and whether they fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from modelserver_operator.resolve.memory.cache import sequence_bytes, token_bytes
from modelserver_operator.resolve.memory.headroom import Headroom, headroom
from modelserver_operator.resolve.memory.setting import Room, Setting
from modelserver_operator.resolve.memory.shape import ModelShape, UnknowableError, Unknown
from modelserver_operator.resolve.memory.weights import families, weight_bytes


class Verdict(Enum):
    """Whether it fits: from what ends the engine at start, to what only makes requests wait."""

    CONTEXT_TOO_LONG = "maxContextTokens is more than the model's own context"
    WEIGHTS_TOO_LARGE = "the weights do not fit"
    CACHE_TOO_LARGE = "the weights, what a step needs and the KV cache of kv-cache-memory-bytes do not fit together"
    NO_SEQUENCE = "not one sequence of maxContextTokens fits beside the weights"
    SOME_SEQUENCES = "fits; fewer than maxSequences sequences of maxContextTokens are computed at once, the rest wait"
    ALL_SEQUENCES = "fits, with maxSequences sequences of maxContextTokens at once"
    UNKNOWN = "unknown: the class does not say how much memory there is"


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Bytes on the fullest accelerator of a replica, unless said otherwise.

    families: of the weights of the whole replica, by family. published: of the model's files.
    token: of one more token in all layers, while no sliding window is full.
    sequence: of one sequence of maxContextTokens. sequences: of maxSequences of them.
    room: None where the class states none. cache: what is left of it for the KV cache, never less than 0.
    """

    weights: int
    families: Mapping[str, int]
    published: int
    token: int
    sequence: int
    sequences: int
    headroom: Headroom
    room: Room | None
    cache: int | None
    verdict: Verdict

    @property
    def at_once(self) -> float | None:
        """How many sequences of maxContextTokens the KV cache holds."""
        return None if self.cache is None else self.cache / self.sequence


def estimate(shape: ModelShape, setting: Setting, room: Room | None) -> Estimate | Unknown:
    """What the model needs under this setting, against the room. Unknown where heads or formats do not allow it."""
    try:
        return _estimate(shape, setting, room)
    except UnknowableError as error:
        return Unknown(str(error))


def _estimate(shape: ModelShape, setting: Setting, room: Room | None) -> Estimate:
    _check(shape, setting)
    weights, besides = weight_bytes(shape, setting), headroom(shape, setting)
    sequence = sequence_bytes(shape, setting, setting.max_context_tokens)
    cache = None if room is None else _cache(room, weights, besides)
    return Estimate(
        weights=weights,
        families=families(shape, setting),
        published=shape.published_bytes,
        token=token_bytes(shape, setting),
        sequence=sequence,
        sequences=sequence * setting.max_sequences,
        headroom=besides,
        room=room,
        cache=cache,
        verdict=_too_long(shape, setting) or _verdict(weights, besides, sequence, setting, room),
    )


def _check(shape: ModelShape, setting: Setting) -> None:
    """vLLM would start, and would not pack the weights by itself; kernels have longer names than methods, such as
    awq_marlin."""
    tensor, asked = setting.tensor_parallel_size, setting.quantization
    if not all(kept.numbers for kept in shape.kept):
        raise UnknowableError("there are more attention heads than numbers for them")
    if shape.heads % tensor:
        raise UnknowableError(f"{shape.heads} attention heads cannot be dealt out evenly to {tensor} accelerators")
    if asked and not shape.stated and not (shape.packing and asked.startswith(shape.packing)):
        raise UnknowableError(f"the option quantization {asked} packs the weights while they are loaded")


def _cache(room: Room, weights: int, besides: Headroom) -> int:
    left = max(0, room.total - weights - besides.total)
    return left if room.cache is None else room.cache


def _too_long(shape: ModelShape, setting: Setting) -> Verdict | None:
    is_longer = shape.context is not None and setting.max_context_tokens > shape.context
    return Verdict.CONTEXT_TOO_LONG if is_longer and not setting.longer else None


def _verdict(weights: int, besides: Headroom, sequence: int, setting: Setting, room: Room | None) -> Verdict:
    if room is None:
        return Verdict.UNKNOWN
    if weights > room.total:
        return Verdict.WEIGHTS_TOO_LARGE
    if room.cache is not None and weights + room.cache + max(0, besides.total - room.spare) > room.total:
        return Verdict.CACHE_TOO_LARGE
    cache = _cache(room, weights, besides)
    if cache < sequence:
        return Verdict.NO_SEQUENCE
    return Verdict.ALL_SEQUENCES if cache >= sequence * setting.max_sequences else Verdict.SOME_SEQUENCES
