"""What a ModelServer and its class say, as the estimate takes it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.memory.configs import known, published
from tests.unit.operator.resolving import GPU, allowing, resolved

from modelserver_operator.api.modelfacts import ModelFacts
from modelserver_operator.resolve.memory import (
    Estimate,
    ModelShape,
    Room,
    Setting,
    Unknown,
    estimate,
    facts_of,
    room,
    setting,
    stated,
)

GIB = 1 << 30
OPTIONS = (
    "block_size",
    "max_num_batched_tokens",
    "kv_cache_dtype",
    "kv_cache_memory_bytes",
    "enable_lora",
    "no_enable_chunked_prefill",
    "performance_mode",
)
FREE = allowing(**dict.fromkeys(OPTIONS, ".*"))


def cards(memory: str | None = "80Gi", **more: Any) -> dict[str, Any]:
    accelerator = {**GPU, "computeCapability": "9.0", **({"memory": memory} if memory else {})}
    return {"device": "Cuda", "accelerator": accelerator, **more}


def told(spec: dict[str, Any], of_class: dict[str, Any] | None = None) -> Setting:
    server = resolved(spec, of_class)
    found = setting(server.engine, server.placement)
    assert isinstance(found, Setting), found
    return found


def why(spec: dict[str, Any], of_class: dict[str, Any]) -> str:
    server = resolved(spec, of_class)
    found = setting(server.engine, server.placement)
    assert isinstance(found, Unknown), found
    return found.why


def arguments(**options: str) -> dict[str, Any]:
    return {"engine": {"arguments": {name.replace("_", "-"): value for name, value in options.items()}}}


@pytest.mark.parametrize(
    ("memory", "tokens"), [("192Gi", 16384), ("80Gi", 8192), ("70Gi", 8192), ("48Gi", 2048), (None, 2048)]
)
def test_a_step_is_as_large_as_vllm_makes_it(memory: str | None, tokens: int) -> None:
    found = told({}, cards(memory))
    assert (found.batched_tokens, found.steps, found.block_tokens, found.dtype) == (tokens, 2, 16, "bfloat16")


def test_a_step_is_no_larger_than_all_sequences() -> None:
    assert told({"engine": {"maxContextTokens": 512, "maxSequences": 4}}, cards()).batched_tokens == 2048


def test_on_a_cpu() -> None:
    found = told({"accelerators": {"count": 2}})
    assert (found.batched_tokens, found.steps, found.block_tokens, found.dtype) == (4096, 1, 128, "float32")
    assert found.eager


@pytest.mark.parametrize(
    ("spec", "of_class"),
    [
        ({}, {}),
        ({"accelerators": {"count": 2}}, {}),
        (arguments(no_enable_chunked_prefill=""), {**cards(), **FREE}),
    ],
)
def test_a_step_holds_a_whole_prompt_where_prompts_are_not_computed_in_parts(
    spec: dict[str, Any], of_class: dict[str, Any]
) -> None:
    """The runtime forbids parts on a CPU; vLLM then takes a context that is longer than its default."""
    engine = {"maxContextTokens": 32768, "maxSequences": 2, **spec.get("engine", {})}
    assert told({**spec, "engine": engine}, of_class).batched_tokens == 32768


def test_fields_and_options() -> None:
    options = {"block-size": "64", "kv-cache-dtype": "fp8", "max-num-batched-tokens": "1024"}
    spec = {
        "accelerators": {"count": 8, "pipelineParallelSize": 2},
        "engine": {"maxContextTokens": 4000, "maxSequences": 7, "arguments": options},
    }
    found = told(spec, {**cards(), **FREE})
    assert (found.tensor_parallel_size, found.pipeline_parallel_size, found.steps) == (4, 2, 3)
    assert (found.max_context_tokens, found.max_sequences, found.batched_tokens) == (4000, 7, 1024)
    assert (found.block_tokens, found.cache_dtype, found.cache_bytes) == (64, "fp8", 1)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"enable_lora": ""}, "the option enable-lora needs room for adapters"),
        ({"performance_mode": "throughput"}, "the option performance-mode changes the largest batch"),
        ({"block_size": "large"}, "the option block-size is 'large', which is no whole number"),
        ({"max_num_batched_tokens": "0"}, "the option max-num-batched-tokens is '0', which is no whole number"),
    ],
)
def test_options_that_are_not_reckoned_with(options: dict[str, str], reason: str) -> None:
    assert why(arguments(**options), {**cards(), **FREE}) == reason


@pytest.mark.parametrize(
    ("spec", "of_class", "expected"),
    [
        ({}, cards(), Room(72 * GIB, spare=8 * GIB)),
        ({"engine": {"acceleratorMemoryPercent": 50}}, cards(), Room(40 * GIB, spare=40 * GIB)),
        (
            arguments(kv_cache_memory_bytes="4G"),
            {**cards(), **FREE},
            Unknown("the option kv-cache-memory-bytes is '4G', which is no whole number"),
        ),
        ({}, cards(None), Unknown("the class does not state accelerator.memory")),
        ({}, {}, Unknown("the class does not state resources.memory")),
        # On a CPU the KV cache gets a quarter, and what the engine takes has no share.
        ({}, {"resources": {"memory": "8Gi"}}, Room(8 * GIB, 2 * GIB)),
    ],
)
def test_room(spec: dict[str, Any], of_class: dict[str, Any], expected: Room | Unknown) -> None:
    server = resolved(spec, of_class)
    assert room(server.engine, server.placement) == expected


@pytest.mark.parametrize("name", ["llama-3.1-8b-instruct", "qwen3-30b-a3b", "deepseek-v2-lite-chat", "phi-4"])
@pytest.mark.parametrize("size", [1, 2])
def test_facts_that_are_written_down_tell_the_same(name: str, size: int) -> None:
    """Also where a head is not hiddenSize / attentionHeads wide, and where nothing but a latent vector is kept."""
    shape = known(published(name).config)
    facts = facts_of(shape)
    assert isinstance(facts, ModelFacts)
    again = stated(facts)
    assert isinstance(again, ModelShape)
    setting = told({"accelerators": {"count": size}}, cards())
    first, second = estimate(shape, setting, None), estimate(again, setting, None)
    assert isinstance(first, Estimate)
    assert isinstance(second, Estimate)
    assert second.token == first.token
    # Norms, and what makes latent vectors, are on each accelerator: facts know no such thing.
    assert second.weights == pytest.approx(first.weights, rel=1e-4 if size == 1 else 2e-2)


def test_facts_of_a_well_known_model() -> None:
    assert facts_of(known(published("qwen2.5-7b-instruct").config)) == ModelFacts.model_validate(
        {
            "parameters": 7_615_616_512,
            "layers": 28,
            "hiddenSize": 3584,
            "attentionHeads": 28,
            "keyValueHeads": 4,
            "bytesPerParameter": 2.0,
        }
    )


def test_facts_that_are_missing_are_named() -> None:
    assert stated(ModelFacts.model_validate({"parameters": 1, "layers": 2})) == Unknown(
        "not stated: spec.model.facts.hiddenSize, spec.model.facts.attentionHeads, spec.model.facts.keyValueHeads, "
        "spec.model.facts.bytesPerParameter"
    )
