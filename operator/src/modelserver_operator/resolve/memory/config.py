"""A config.json, as read, to the model's sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from modelserver_operator.resolve.memory.decoder import model_shape
from modelserver_operator.resolve.memory.fields import Fields, shown
from modelserver_operator.resolve.memory.known import KNOWN, Architecture
from modelserver_operator.resolve.memory.quantization import method, packing
from modelserver_operator.resolve.memory.shape import ModelShape, Tensors, UnknowableError, Unknown
from modelserver_operator.resolve.memory.vision import SIGLIP, siglip

# What the whole of such a model says, and its language model alone may leave out.
SHARED = ("tie_word_embeddings", "torch_dtype", "dtype")


def shape(config: Mapping[str, object]) -> ModelShape | Unknown:
    """The sizes of the model with this config.json; what is not surely known is Unknown, with the reason."""
    try:
        return _shape(config)
    except UnknowableError as error:
        return Unknown(str(error))


def _shape(config: Mapping[str, object]) -> ModelShape:
    name = _architecture(config)
    known, packed = KNOWN[name], packing(config)
    fields = _text(config, known)
    decoder = known.decoder(fields, packed)
    made = model_shape(name, fields, packed, decoder, _vision(config, fields) if known.sees else ())
    return replace(made, packing=method(config))


def _architecture(config: Mapping[str, object]) -> str:
    named = config.get("architectures")
    if not isinstance(named, list) or len(named) != 1 or not isinstance(named[0], str):
        raise UnknowableError("config.json does not name one architecture")
    name = named[0]
    if name not in KNOWN:
        told = name if name.isidentifier() and len(name) < 80 else shown(name)
        raise UnknowableError(f"the architecture {told} is not known here; known are {', '.join(KNOWN)}")
    return name


def _text(config: Mapping[str, object], known: Architecture) -> Fields:
    """The language model's numbers."""
    if not known.sees:
        return Fields(config, known.defaults)
    text = Fields(config, {}).part("text_config", known.defaults)
    return text.but(**{name: config[name] for name in SHARED if config.get(name) is not None})


def _vision(config: Mapping[str, object], text: Fields) -> tuple[Tensors, ...]:
    vision = Fields(config, {}).part("vision_config", SIGLIP)
    return tuple(siglip(vision, text.number("hidden_size")))
