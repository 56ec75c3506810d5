"""The model's folder as Hugging Face writes it: weights for the whole vocabulary, a tokenizer that says each token."""

import json
from pathlib import Path

import torch
from openai_harmony import HarmonyError
from safetensors.torch import save_file
from tests.engine import tiny_model
from tests.engine.harmony_model.training import config
from tests.engine.harmony_model.transcripts import ENCODING
from transformers import GptOssForCausalLM

VOCABULARY_SIZE = 201_088
BYTE_SYMBOLS = tiny_model.byte_symbols()
TEXT_TOKENS = 199_998  # from here on: the special tokens
SPECIAL = {
    199998: "<|startoftext|>",
    199999: "<|endoftext|>",
    200002: "<|return|>",
    200003: "<|constrain|>",
    200005: "<|channel|>",
    200006: "<|start|>",
    200007: "<|end|>",
    200008: "<|message|>",
    200012: "<|call|>",
}


def write(folder: Path, model: GptOssForCausalLM, used: list[int]) -> None:
    """Write config, weights and tokenizer of `model`, whose vocabulary is the token ids `used`."""
    weights = {name: tensor.bfloat16().contiguous() for name, tensor in model.state_dict().items()}
    for name in ("model.embed_tokens.weight", "lm_head.weight"):
        whole = torch.zeros(VOCABULARY_SIZE, weights[name].shape[1], dtype=torch.bfloat16)
        whole[used] = weights[name]
        weights[name] = whole
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    described = config(VOCABULARY_SIZE).to_dict() | {"architectures": ["GptOssForCausalLM"], "torch_dtype": "bfloat16"}
    described = {key: value for key, value in described.items() if key != "quantization_config"}
    files = {"config.json": described, "tokenizer.json": _tokenizer(), "tokenizer_config.json": _tokenizer_config()}
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")


def _tokenizer() -> dict[str, object]:
    """Each token's bytes under its real id. Without merges: vLLM lets Harmony's own encoding write the prompts."""
    vocabulary = {_symbol(token): token for token in range(VOCABULARY_SIZE)}
    assert len(vocabulary) == VOCABULARY_SIZE
    return {
        "version": "1.0",
        "added_tokens": [_special(token, content) for token, content in SPECIAL.items()],
        "normalizer": None,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "unk_token": None, "fuse_unk": False, "vocab": vocabulary, "merges": []},
    }


def _tokenizer_config() -> dict[str, object]:
    return {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": SPECIAL[199998], "eos_token": SPECIAL[200002]}


def _special(token: int, content: str) -> dict[str, object]:
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {"id": token, "content": content, **flags}


def _symbol(token: int) -> str:
    """What stands for a token in the vocabulary: its bytes, as byte-level tokenizers write them."""
    if token >= TEXT_TOKENS:
        return SPECIAL.get(token, f"<|reserved_{token}|>")
    try:
        text = ENCODING.decode_utf8([token])
    except HarmonyError:  # a part of a character: Harmony's encoding does not tell which
        text = f"<part {token}>"
    return "".join(BYTE_SYMBOLS[byte] for byte in text.encode())
