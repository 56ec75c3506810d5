"""Weights, KV cache and headroom against the room, in numbers that were computed by hand."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.memory.configs import of, setting

from modelserver_operator.resolve.memory import Estimate, Room, Verdict, estimate
from modelserver_operator.resolve.memory.headroom import GRAPHS, OUTSIDE

GIB = 1 << 30
LLAMA = "llama-3.1-8b-instruct"
SEQUENCE = 131072 * 8192  # 1 GiB


def found(name: str, room: Room | None = None, **told: Any) -> Estimate:
    made = estimate(of(name), setting(**told), room)
    assert isinstance(made, Estimate), made
    return made


def test_weights_are_loaded_in_the_precision_that_is_computed_in() -> None:
    assert found(LLAMA).weights == 16_060_522_496
    assert found(LLAMA, dtype="float32").weights == 2 * 16_060_522_496


def test_what_stays_in_the_files_needs_no_memory() -> None:
    """DeepSeek-V3's layer that guesses the next token: of 684 B parameters, a byte each and more, 671 B are loaded."""
    assert of("deepseek-v3").published_bytes > 688e9
    assert 671e9 < found("deepseek-v3").weights < 676e9


def test_what_is_packed_stays_packed() -> None:
    """Embedding, head and norms alone take twice as much: 1,050,939,392 numbers of 2 bytes more."""
    name = "llama-3.1-8b-instruct-fp8-dynamic"
    assert found(name, dtype="float32").weights - found(name).weights == 2 * (2 * 128256 * 4096 + 65 * 4096)


@pytest.mark.parametrize(
    ("size", "copies"),
    [(2, 0), (8, 0), (16, 1)],  # 16 accelerators keep each of 8 key-value heads twice
)
def test_accelerators_share_the_weights(size: int, copies: int) -> None:
    """Norms are on each; keys' and values' projections are 2 x 1,024 x 4,096 numbers in each of 32 layers."""
    norms, projections = 65 * 4096 * 2, 2 * 1024 * 4096 * 32 * 2
    everything = 16_060_522_496 + (size - 1) * norms + copies * projections
    assert sum(found(LLAMA, tensor_parallel_size=size).families.values()) == everything
    assert found(LLAMA, tensor_parallel_size=size).weights * size == everything


def test_stages_share_the_layers() -> None:
    """The fuller one has 16 of 32, and embedding or head."""
    layers = 16_060_522_496 - 2 * 128256 * 4096 * 2
    assert found(LLAMA, pipeline_parallel_size=2).weights == layers // 2 + 128256 * 4096 * 2


def test_a_tied_head_is_on_the_last_stage_too() -> None:
    embedding = 151936 * 896 * 2
    layers = 988_065_536 - embedding
    assert found("qwen2.5-0.5b-instruct", pipeline_parallel_size=2).weights == layers // 2 + embedding


@pytest.mark.parametrize(
    ("total", "told", "verdict"),
    [
        (14, {}, Verdict.WEIGHTS_TOO_LARGE),
        (17, {}, Verdict.NO_SEQUENCE),
        (24, {}, Verdict.SOME_SEQUENCES),
        (100, {}, Verdict.ALL_SEQUENCES),
        (24, {"max_sequences": 2}, Verdict.ALL_SEQUENCES),
        (16, {"max_context_tokens": 256}, Verdict.NO_SEQUENCE),  # headroom alone is more than what is left
        (14, {"tensor_parallel_size": 2}, Verdict.SOME_SEQUENCES),
    ],
)
def test_verdicts(total: int, told: dict[str, Any], verdict: Verdict) -> None:
    assert found(LLAMA, Room(total * GIB), **told).verdict is verdict


def test_a_context_that_is_longer_than_the_models() -> None:
    assert found(LLAMA, max_context_tokens=131072).verdict is Verdict.UNKNOWN
    assert found(LLAMA, max_context_tokens=131073).verdict is Verdict.CONTEXT_TOO_LONG
    assert found(LLAMA, Room(1000 * GIB), max_context_tokens=131073).verdict is Verdict.CONTEXT_TOO_LONG
    assert found(LLAMA, max_context_tokens=131073, longer=True).verdict is Verdict.UNKNOWN


def test_the_cache_has_what_weights_and_headroom_leave() -> None:
    made = found(LLAMA, Room(24 * GIB))
    assert made.cache == 24 * GIB - made.weights - made.headroom.total
    assert made.at_once == made.cache / SEQUENCE
    assert (made.sequence, made.sequences) == (SEQUENCE, 64 * SEQUENCE)


def test_a_cache_that_is_told_its_size() -> None:
    """--kv-cache-memory-bytes: it has so much, and weights must find room beside it; what a step needs finds it in what
    the engine does not take, where there is such."""
    assert found(LLAMA, Room(24 * GIB, 2 * GIB)).at_once == 2
    assert found(LLAMA, Room(24 * GIB, 2 * GIB)).verdict is Verdict.SOME_SEQUENCES
    assert found(LLAMA, Room(24 * GIB, SEQUENCE - 1)).verdict is Verdict.NO_SEQUENCE
    assert found(LLAMA, Room(24 * GIB, 10 * GIB)).verdict is Verdict.CACHE_TOO_LARGE
    assert found(LLAMA, Room(24 * GIB, 8 * GIB)).verdict is Verdict.CACHE_TOO_LARGE
    assert found(LLAMA, Room(24 * GIB, 8 * GIB, spare=4 * GIB)).verdict is Verdict.SOME_SEQUENCES
    assert found(LLAMA, Room(24 * GIB, 10 * GIB, spare=4 * GIB)).verdict is Verdict.CACHE_TOO_LARGE


def test_without_room_nothing_is_judged() -> None:
    made = found(LLAMA)
    assert (made.room, made.cache, made.at_once, made.verdict) == (None, None, None, Verdict.UNKNOWN)


def test_headroom_is_an_allowance_of_its_own() -> None:
    """2,048 tokens of 6 x 4,096 and 3 x 14,336 numbers; 64 sequences of 128,256 words take less."""
    assert found(LLAMA).headroom.activations == 2048 * (6 * 4096 + 3 * 14336) * 2
    assert found(LLAMA, max_sequences=512).headroom.activations == 512 * 128256 * 20
    assert found(LLAMA, tensor_parallel_size=2).headroom.activations == 2048 * (6 * 4096 + 3 * 7168) * 2
    assert found(LLAMA).headroom.total == found(LLAMA).headroom.activations + GRAPHS + OUTSIDE
    assert found(LLAMA, eager=True).headroom.graphs == 0
