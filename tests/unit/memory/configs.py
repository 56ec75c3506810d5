"""The well-known models: config.json as published, and what their files weigh. Each says where its numbers are from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelserver_operator.resolve.memory import ModelShape, Setting, shape

FOLDER = Path(__file__).with_name("configs")
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


@dataclass(frozen=True)
class Published:
    """config: as in config.json; weights: bytes of the tensors in the model's files."""

    config: dict[str, Any]
    weights: int


def published(name: str) -> Published:
    """One of the models."""
    found = json.loads((FOLDER / f"{name}.json").read_text())
    return Published(
        {key: value for key, value in found.items() if not key.startswith("_")}, found["_published"]["bytes"]
    )


def known(config: dict[str, Any]) -> ModelShape:
    """The sizes of a model that is known."""
    found = shape(config)
    assert isinstance(found, ModelShape), found
    return found


def of(name: str) -> ModelShape:
    """The sizes of one of the models."""
    return known(published(name).config)


def setting(**told: Any) -> Setting:
    """One accelerator, bfloat16, 64 sequences of 8,192 tokens, and what is told otherwise."""
    usual = {
        "dtype": "bfloat16",
        "tensor_parallel_size": 1,
        "pipeline_parallel_size": 1,
        "max_context_tokens": 8192,
        "max_sequences": 64,
        "batched_tokens": 2048,
        "steps": 2,
    }
    return Setting(**{**usual, **told})
