"""A config.json, as read, to the model's sizes."""

from __future__ import annotations

from collections.abc import Mapping

from modelserver_operator.resolve.memory.architectures import ARCHITECTURES
from modelserver_operator.resolve.memory.fields import Fields
from modelserver_operator.resolve.memory.packing import unpacked
from modelserver_operator.resolve.memory.shape import ModelShape, UnknowableError, Unknown


def shape(config: Mapping[str, object]) -> ModelShape | Unknown:
    """The sizes of the model with this config.json; what is not surely known is Unknown, with the reason."""
    try:
        return _shape(config)
    except UnknowableError as error:
        return Unknown(str(error))


def _shape(config: Mapping[str, object]) -> ModelShape:
    name = _architecture(config)
    known = ARCHITECTURES[name]
    if config.get("quantization_config") is not None:
        raise UnknowableError("its weights are quantized in a way that is not known here")
    return known.shape(name, Fields(config, known.defaults), unpacked)


def _architecture(config: Mapping[str, object]) -> str:
    named = config.get("architectures")
    if not isinstance(named, list) or len(named) != 1:
        raise UnknowableError("config.json does not name one architecture")
    if named[0] not in ARCHITECTURES:
        raise UnknowableError(f"the architecture {named[0]} is not known here; known are {', '.join(ARCHITECTURES)}")
    return str(named[0])
