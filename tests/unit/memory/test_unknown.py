"""What is not surely known has no size, and says why."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.memory.configs import known, of, published, setting

from modelserver_operator.resolve.memory import Unknown, estimate, shape

LLAMA = published("llama-3.1-8b-instruct").config
PACKED = {"targets": ["Linear"], "format": "pack-quantized"}


def why(config: dict[str, Any]) -> str:
    found = shape(config)
    assert isinstance(found, Unknown), found
    return found.why


@pytest.mark.parametrize("name", ["JambaForCausalLM", "Qwen3NextForCausalLM", "Mamba2ForCausalLM", "WhisperModel"])
def test_other_architectures(name: str) -> None:
    assert why({**LLAMA, "architectures": [name]}).startswith(
        f"the architecture {name} is not known here; known are Llama"
    )


def test_what_a_terminal_would_obey_is_not_repeated() -> None:
    assert why({**LLAMA, "architectures": ["\x1b[2J"]}).startswith("the architecture '\\x1b[2J' is not known here")


@pytest.mark.parametrize("named", [None, [], ["LlamaForCausalLM", "Other"], "LlamaForCausalLM", [["x"]], [{}], [3]])
def test_no_architecture(named: object) -> None:
    assert why({**LLAMA, "architectures": named}) == "config.json does not name one architecture"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"hidden_size": None}, "config.json has no hidden_size"),
        ({"hidden_size": "4096"}, "config.json has hidden_size: '4096', which is no whole number"),
        ({"num_hidden_layers": -1}, "config.json has num_hidden_layers: -1, which is no whole number"),
        ({"vocab_size": True}, "config.json has vocab_size: True, which is no whole number"),
        ({"tie_word_embeddings": "no"}, "config.json has tie_word_embeddings: 'no', which is neither true nor false"),
        ({"torch_dtype": "int8"}, "config.json has torch_dtype 'int8'; known are bfloat16, float16, float32"),
        (
            {"num_hidden_layers": 10**9},
            "config.json has num_hidden_layers: 1000000000, which is more than any model has",
        ),
        ({"layer_types": [{}] * 32}, "config.json has layer_types: [{}, {}"),
        ({"layer_types": "full_attention"}, "config.json has layer_types: 'full_attention', which is no list of names"),
        ({"layer_types": ["full_attention"]}, "layer_types is no list of 32 times full_attention or sliding_attention"),
        ({"layer_types": ["linear_attention"] * 32}, "layer_types is no list of 32 times full_attention or sliding"),
    ],
)
def test_numbers_that_are_missing_or_none(change: dict[str, Any], reason: str) -> None:
    assert why({**LLAMA, **change}).startswith(reason)


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("qwen2.5-7b-instruct", {"use_sliding_window": True}, "use_sliding_window is true"),
        ("deepseek-v2-lite-chat", {"moe_layer_freq": 2}, "moe_layer_freq is not 1"),
        (
            "qwen3-30b-a3b",
            {"mlp_only_layers": 3},
            "decoder_sparse_step is no number above 0, or mlp_only_layers no list",
        ),
        ("gemma-3-12b-it", {"text_config": None}, "config.json has no text_config"),
        ("gemma-3-12b-it", {"vision_config": None}, "config.json has no vision_config"),
    ],
)
def test_what_an_architecture_does_otherwise(name: str, change: dict[str, Any], reason: str) -> None:
    assert why({**published(name).config, **change}).startswith(reason)


@pytest.mark.parametrize(
    ("quantized", "reason"),
    [
        ({"quant_method": "bitsandbytes"}, "the size of quant_method 'bitsandbytes' is not known here; known are fp8"),
        ({}, "the size of quant_method None is not known here"),
        ({"quant_method": "gptq", "bits": 4, "dynamic": {"-:.*": {}}}, "its GPTQ format differs from module to module"),
        ({"quant_method": "gptq", "bits": 4}, "group_size is None, not a whole number"),
        ({"quant_method": "awq", "group_size": 128}, "config.json has no w_bit"),
        (
            {"quant_method": "awq", "bits": 4, "group_size": 128, "modules_to_not_convert": "x"},
            "config.json has modules_to_not_convert: 'x', which is no list of names",
        ),
        ({"quant_method": "fp8", "weight_block_size": [0, 1]}, "weight_block_size is [0, 1], not two whole numbers"),
        ({"quant_method": "fp8", "ignored_layers": ["re:*lm_head"]}, "its format names modules by '*lm_head', which"),
        ({"quant_method": "fp8", "ignored_layers": ["re:(.*)*x"]}, "its format names modules by a pattern that is too"),
        ({"quant_method": "fp8", "ignored_layers": ["re:" + ".*" * 5]}, "its format names modules by a pattern that"),
        ({"quant_method": "fp8", "weight_block_size": [128]}, "weight_block_size is [128], not two whole numbers"),
    ],
)
def test_formats(quantized: dict[str, Any], reason: str) -> None:
    assert why({**LLAMA, "quantization_config": quantized}).startswith(reason)


@pytest.mark.parametrize(
    ("groups", "reason"),
    [
        ({"a": {}, "b": {}}, "its compressed-tensors format differs from module to module"),
        ({"a": {"targets": ["re:.*q_proj"]}}, "its compressed-tensors format is for ['re:.*q_proj'], not for Linear"),
        ({"a": {"targets": ["Linear"], "weights": {"num_bits": 6}}}, "the size of compressed-tensors' format 'dense'"),
        (
            {"a": {**PACKED, "weights": {"num_bits": 4, "strategy": "channel", "actorder": "group"}}},
            "its columns are in an order of their own",
        ),
        (
            {"a": {**PACKED, "weights": {"num_bits": 4, "strategy": "x"}}},
            "the size of compressed-tensors' strategy 'x' is not known here",
        ),
        *(
            (
                {"a": {**PACKED, "weights": {"num_bits": 4, "strategy": "block", "block_structure": sides}}},
                "block_structure is",
            )
            for sides in ([0, 128], ["a", "b"], [True, 128], 3)
        ),
    ],
)
def test_compressed_tensors(groups: dict[str, Any], reason: str) -> None:
    quantized = {"quant_method": "compressed-tensors", "format": "dense", "config_groups": groups}
    assert why({**LLAMA, "quantization_config": quantized}).startswith(reason)


@pytest.mark.parametrize(
    ("change", "context"),
    [
        ({}, 131072),
        ({"rope_scaling": {"rope_type": "llama3", "factor": 8.0}}, 131072),
        ({"rope_parameters": {"rope_type": "default", "rope_theta": 1e6}}, 131072),
        ({"rope_scaling": {"type": "linear", "factor": 4.0}}, None),
        ({"rope_parameters": {"full_attention": {"rope_type": "default"}}}, None),
        ({"rope_scaling": "yes"}, None),
        ({"model_max_length": 262144}, None),
        ({"max_position_embeddings": None}, None),
    ],
)
def test_a_context_that_may_be_stretched(change: dict[str, Any], context: int | None) -> None:
    assert known({**LLAMA, **change}).context == context


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"tensor_parallel_size": 3}, "40 attention heads cannot be dealt out evenly to 3 accelerators"),
        ({"tensor_parallel_size": 4}, "10 key-value heads cannot be dealt out evenly to 4 accelerators"),
        ({"cache_dtype": "nvfp4"}, "the size of kv-cache-dtype nvfp4 is not known here"),
        ({"quantization": "fp8"}, "the option quantization fp8 packs the weights while they are loaded"),
    ],
)
def test_settings(told: dict[str, Any], reason: str) -> None:
    assert estimate(of("phi-4"), setting(**told), None) == Unknown(reason)
