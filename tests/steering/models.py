"""Tiny models of many families with made-up weights, written by transformers: what the tests steer and compare."""

import math
from pathlib import Path
from typing import Any

VOCABULARY = 512
LAYERS = 4
HIDDEN = 64
SHAPE = {
    "vocab_size": VOCABULARY,
    "hidden_size": HIDDEN,
    "intermediate_size": 96,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": 2,  # of 32, the smallest that vLLM's CPU attention takes
    "num_key_value_heads": 2,
    "max_position_embeddings": 2048,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "pad_token_id": 2,
    "tie_word_embeddings": False,
}


def write(folder: Path, family: str, seed: int, **changes: Any) -> Path:
    """Write a model of a family, by its transformers `model_type`, to `folder`, and return that."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.for_model(family, **{**SHAPE, **changes})
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            _fill(name, parameter)
    model.generation_config.eos_token_id = None
    model.save_pretrained(folder)
    return folder


def _fill(name: str, parameter: Any) -> None:
    """Weights with which attention looks somewhere and an answer hangs on the prompt: a trained model's do, too.

    Those that transformers begins with are so small that every context gives nearly the same next token.
    """
    if parameter.dim() < 2:
        parameter.add_(0.1 * parameter.new_empty(parameter.shape).normal_())
    elif "embed" in name or name.endswith(("wte.weight", "wpe.weight")):
        parameter.normal_(std=1.0)
    else:
        parameter.normal_(std=1.2 / math.sqrt(min(parameter.shape[-1], HIDDEN)))
