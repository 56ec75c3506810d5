"""The SigLIP vision tower of models that also see, and what leads from it into the language model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from modelserver_operator.resolve.memory.fields import Fields
from modelserver_operator.resolve.memory.shape import Tensors

# SiglipVisionConfig's defaults in transformers 5.19.
SIGLIP: Mapping[str, object] = MappingProxyType(
    {
        "hidden_size": 768,
        "intermediate_size": 3072,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
        "num_channels": 3,
        "image_size": 224,
        "patch_size": 16,
    }
)


def siglip(vision: Fields, hidden: int) -> Iterator[Tensors]:
    """Gemma 3's tower and projector, for a language model of that hidden size; quantized formats leave them as they
    are. Raises UnknowableError."""
    wide, layers = vision.number("hidden_size"), vision.number("num_hidden_layers")
    heads = vision.number("num_attention_heads")
    yield Tensors(family="vision", plain=layers * _layer(vision), parts=heads, stage="first")
    yield Tensors(family="vision, images", plain=_patches(vision) + 2 * wide, parts=1, stage="first")
    yield Tensors(family="vision, projector", plain=wide * hidden + wide, parts=1, stage="first")


def _layer(vision: Fields) -> int:
    """Four projections, two matrices between, all with biases, and two norms with weights and biases."""
    wide, inner = vision.number("hidden_size"), vision.number("intermediate_size")
    return 4 * (wide + 1) * wide + (2 * wide + 1) * inner + wide + 4 * wide


def _patches(vision: Fields) -> int:
    """A patch of pixels to a vector, with a bias, and a vector for each place."""
    wide, patch = vision.number("hidden_size"), vision.number("patch_size")
    places = (vision.number("image_size") // patch) ** 2
    return (vision.number("num_channels") * patch * patch + 1 + places) * wide
