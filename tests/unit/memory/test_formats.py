"""The formats of quantized weights, in bytes that were computed by hand for one matrix."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.memory.configs import known, of, published

from modelserver_operator.resolve.memory.packing import Matrix
from modelserver_operator.resolve.memory.quantization import packing

ROWS, COLUMNS = 1000, 4096
NUMBERS = ROWS * COLUMNS
FOUR_BITS = {"bits": 4, "group_size": 128}


def packed(module: str = "model.layers.0.self_attn.q_proj", **quantized: Any) -> int | None:
    return packing({"quantization_config": quantized})(Matrix(module, ROWS, COLUMNS))


def compressed(form: str, bits: int, **weights: Any) -> int | None:
    group = {"targets": ["Linear"], "weights": {"num_bits": bits, **weights}}
    return packed(quant_method="compressed-tensors", format=form, config_groups={"group_0": group}, ignore=["lm_head"])


@pytest.mark.parametrize(
    ("quantized", "size"),
    [
        # 8 by 32 blocks of 128 x 128, the last row of them not full, with four bytes each.
        ({"quant_method": "fp8", "weight_block_size": [128, 128]}, NUMBERS + 8 * 32 * 4),
        ({"quant_method": "fp8"}, NUMBERS + 8),
        # 32 groups of 128 columns, each with a 16-bit scale and a 4-bit zero point for each row.
        ({"quant_method": "awq", **FOUR_BITS}, NUMBERS // 2 + 32 * (ROWS * 2 + ROWS // 2)),
        ({"quant_method": "awq", "w_bit": 4, "q_group_size": -1}, NUMBERS // 2 + ROWS * 2 + ROWS // 2),
        # The same, and where each column belongs.
        ({"quant_method": "gptq", **FOUR_BITS}, NUMBERS // 2 + 32 * (ROWS * 2 + ROWS // 2) + COLUMNS * 4),
        ({"quant_method": "gptq", "bits": 8, "group_size": -1}, NUMBERS + ROWS * 2 + ROWS + COLUMNS * 4),
    ],
)
def test_a_matrix(quantized: dict[str, Any], size: int) -> None:
    assert packed(**quantized) == size


@pytest.mark.parametrize(
    ("form", "bits", "weights", "size"),
    [
        ("pack-quantized", 4, {"strategy": "group", "group_size": 128}, NUMBERS // 2 + 16 + 32 * ROWS * 2),
        ("pack-quantized", 4, {"strategy": "channel"}, NUMBERS // 2 + 16 + ROWS * 2),
        (
            "pack-quantized",
            4,
            {"strategy": "group", "group_size": 128, "symmetric": False},
            NUMBERS // 2 + 16 + 32 * (ROWS * 2 + ROWS // 2),
        ),
        ("float-quantized", 8, {"strategy": "channel"}, NUMBERS + ROWS * 2),
        ("int-quantized", 8, {"strategy": "tensor"}, NUMBERS + 2),
        ("float-quantized", 8, {"strategy": "block", "block_structure": [128, 128]}, NUMBERS + 8 * 32 * 2),
        ("nvfp4-pack-quantized", 4, {"strategy": "tensor_group"}, NUMBERS // 2 + NUMBERS // 16 + 8),
    ],
)
def test_compressed_tensors(form: str, bits: int, weights: dict[str, Any], size: int) -> None:
    assert compressed(form, bits, **weights) == size


def test_mxfp4_packs_experts_alone() -> None:
    assert packed("model.layers.0.mlp.experts.down_proj", quant_method="mxfp4") == ROWS * (COLUMNS // 2 + COLUMNS // 32)
    assert packed("model.layers.0.self_attn.q_proj", quant_method="mxfp4") is None


@pytest.mark.parametrize(
    ("names", "module", "left"),
    [
        ([], "lm_head", True),
        ([], "model.layers.0.self_attn.q_proj", False),
        (["self_attn"], "model.layers.0.self_attn.q_proj", True),
        (["q_proj"], "model.layers.0.self_attn.q_proj", True),
        (["proj"], "model.layers.0.self_attn.q_proj", False),
        (["model.layers.1"], "model.layers.11.mlp.up_proj", False),
        (["model.layers.1"], "model.layers.1.mlp.up_proj", True),
        (["model.language_model.layers.1"], "model.layers.1.mlp.up_proj", True),
        (["re:.*mlp.*"], "model.layers.1.mlp.up_proj", True),
        (["re:mlp"], "model.layers.1.mlp.up_proj", False),
    ],
)
def test_modules_are_left_as_they_are(names: list[str], module: str, left: bool) -> None:
    size = packed(module, quant_method="fp8", modules_to_not_convert=names)
    assert (size is None) is left


@pytest.mark.parametrize(("flag", "left"), [(True, False), (False, True)])
def test_gptq_says_whether_it_packs_the_head(flag: bool, left: bool) -> None:
    assert (packed("lm_head", quant_method="gptq", lm_head=flag, **FOUR_BITS) is None) is left


def test_embedding_norms_and_routers_stay_plain() -> None:
    """A byte less for each number of a matrix in the layers, and nothing else."""
    plain = published("qwen3-30b-a3b").config
    quantized = {"quant_method": "fp8", "weight_block_size": [128, 128]}
    stay = {"embedding", "head", "norms", "norms of heads", "router"}
    for tensors in known({**plain, "quantization_config": quantized}).tensors:
        assert (tensors.packed == 0) is (tensors.family in stay), tensors.family


def test_what_packs_latent_attention_is_unpacked_again() -> None:
    """vLLM needs 512 x 128 x (128 + 128) numbers of each of the 61 layers a second time; no file has them."""
    again = {tensors.family: tensors for tensors in of("deepseek-v3").tensors}["attention, unpacked again"]
    assert (again.plain, again.published, again.loaded) == (61 * 512 * 128 * 256, False, True)
    assert all(tensors.published for tensors in of("deepseek-v2-lite-chat").tensors)


def test_layers_for_the_next_token_stay_in_the_files() -> None:
    """DeepSeek-V3's own account: 685 B parameters are published, and 671 B are the model."""
    shape = of("deepseek-v3")
    assert round(shape.parameters / 1e9) == 684
    assert (
        round(sum(tensors.parameters for tensors in shape.tensors if tensors.published and tensors.loaded) / 1e9) == 671
    )
