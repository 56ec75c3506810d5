"""A language model of a few kilobytes for the engine tier: real architecture and tokenizer, made-up weights.

Only JSON files are written; the engine is started with `load-format: dummy`, so that no test waits for torch twice.
It says nothing sensible, which is enough for everything about how it is served.
"""

import json
from pathlib import Path

SPECIAL = ["<|bos|>", "<|eos|>", "<|user|>", "<|assistant|>"]
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}{{ '<|' + m['role'] + '|>' + m['content'] }}{% endfor %}<|assistant|>"
)


def write(folder: Path) -> Path:
    """Write the model to `folder` and return it."""
    folder.mkdir(parents=True)
    vocabulary = {symbol: index for index, symbol in enumerate([*SPECIAL, *byte_symbols()])}
    files = {"config.json": _config(len(vocabulary)), "tokenizer.json": _tokenizer(vocabulary)}
    files["tokenizer_config.json"] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": SPECIAL[0],
        "eos_token": SPECIAL[1],
        "chat_template": CHAT_TEMPLATE,
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    return folder


def _config(vocabulary_size: int) -> dict[str, object]:
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,  # vLLM's CPU attention takes heads of 32, 64, 80, …
        "num_key_value_heads": 2,
        "max_position_embeddings": 8192,
        "vocab_size": vocabulary_size,
        "bos_token_id": 0,
        "eos_token_id": 1,
        "torch_dtype": "float32",
    }


def _tokenizer(vocabulary: dict[str, int]) -> dict[str, object]:
    """A byte-level tokenizer without merges: one token a byte."""
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_special(index, content) for index, content in enumerate(SPECIAL)],
        "normalizer": None,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "unk_token": None, "fuse_unk": False, "vocab": vocabulary, "merges": []},
    }


def _special(index: int, content: str) -> dict[str, object]:
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {"id": index, "content": content, **flags}


def byte_symbols() -> list[str]:
    """The printable character that byte-level tokenizers write for each byte, as GPT-2 fixed it."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in printable else chr(next(others)) for byte in range(256)]
