"""What sequences take of the KV cache, in numbers that were computed by hand; tests/engine holds them against vLLM."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.memory.configs import of, setting

from modelserver_operator.resolve.memory.cache import sequence_bytes, token_bytes


@pytest.mark.parametrize(
    ("name", "told", "size"),
    [
        ("llama-3.1-8b-instruct", {}, 2 * 32 * 8 * 128 * 2),
        ("llama-3.1-8b-instruct", {"dtype": "float32"}, 2 * 32 * 8 * 128 * 4),
        ("llama-3.1-8b-instruct", {"cache_dtype": "fp8"}, 2 * 32 * 8 * 128),
        ("llama-3.1-8b-instruct", {"tensor_parallel_size": 4}, 2 * 32 * 2 * 128 * 2),
        ("llama-3.1-8b-instruct", {"tensor_parallel_size": 16}, 2 * 32 * 1 * 128 * 2),  # two keep the same head
        ("llama-3.1-8b-instruct", {"pipeline_parallel_size": 3}, 2 * 11 * 8 * 128 * 2),  # 11 of 32 layers
        ("deepseek-v3", {}, 61 * (512 + 64) * 2),  # one latent vector, no value
        ("deepseek-v3", {"tensor_parallel_size": 8}, 61 * (512 + 64) * 2),  # all of it on each
        ("gpt-oss-20b", {}, 2 * 24 * 8 * 64 * 2),
    ],
)
def test_a_token(name: str, told: dict[str, Any], size: int) -> None:
    assert token_bytes(of(name), setting(**told)) == size


# Bytes of a block of 16 tokens in one layer: key and value, heads, numbers of a head, 2 bytes each.
LLAMA, GEMMA3, OSS, PHI3 = (16 * 2 * heads * size * 2 for heads, size in ((8, 128), (8, 256), (8, 64), (32, 96)))


@pytest.mark.parametrize(
    ("name", "tokens", "size"),
    [
        ("llama-3.1-8b-instruct", 8192, 32 * 512 * LLAMA),
        ("llama-3.1-8b-instruct", 8193, 32 * 513 * LLAMA),  # a block more, and most of it stays empty
        # 8 layers see all: one group. 40 look back 1,024: five. A window holds 1,023 tokens and two steps of 2,048,
        # which is 320 blocks, and one more.
        ("gemma-3-12b-it", 8192, 8 * (512 + 5 * 321) * GEMMA3),
        ("gemma-3-12b-it", 1024, 8 * (64 + 5 * 65) * GEMMA3),  # no window is full
        # Two groups of 12: 127 + 4,096 tokens are 264 blocks, and one more.
        ("gpt-oss-20b", 131072, 12 * (8192 + 265) * OSS),
        ("phi-3-mini-4k-instruct", 4096, 32 * (256 + 1) * PHI3),  # 2,046 + 4,096 is more than the sequence has
    ],
)
def test_a_sequence(name: str, tokens: int, size: int) -> None:
    assert sequence_bytes(of(name), setting(), tokens) == size


@pytest.mark.parametrize(
    ("name", "told", "size"),
    [
        ("gemma-3-12b-it", {"whole": True}, 48 * 512 * GEMMA3),
        ("gemma-3-12b-it", {"batched_tokens": 512}, 8 * (512 + 5 * 129) * GEMMA3),
        ("gemma-3-12b-it", {"block_tokens": 32}, 8 * (256 + 5 * 161) * 2 * GEMMA3),
        ("phi-3-mini-4k-instruct", {"whole": True}, 32 * 512 * PHI3),
    ],
)
def test_what_the_engine_is_told(name: str, told: dict[str, Any], size: int) -> None:
    assert sequence_bytes(of(name), setting(**told), 8192) == size


@pytest.mark.parametrize(
    ("stages", "windows", "groups"),
    [
        (3, 40, 6),  # six groups of 8 layers, of which the fullest stage has 3 each
        (1, 11, 2),  # less than one and a half times as many: two groups of 11, and three places lie idle
        (1, 12, 3),  # two groups of 8, and four places lie idle
    ],
)
def test_groups_have_as_many_layers(stages: int, windows: int, groups: int) -> None:
    seen, looking = of("gemma-3-12b-it").kept[1], of("gemma-3-12b-it").kept[0]
    shape = replace(of("gemma-3-12b-it"), kept=(replace(seen, count=8), replace(looking, count=windows)))
    layers = -(-(11 if windows == 11 else 8) // stages)
    told = setting(pipeline_parallel_size=stages)
    assert sequence_bytes(shape, told, 1024) == layers * (64 + (groups - 1) * 65) * GEMMA3
