"""One vector's safetensors file: what it holds, and what is refused.

Two tensors, `direction` (layers × hidden size, float32, each row of length 1) and `norm` (layers, float32: the median
length of the residual stream after that layer on neutral text, each text's first position excluded). Layer numbers
begin at 0. All else is one JSON object in the file's metadata, under one key: safetensors keeps several keys in no
fixed order, which would give the same vector other bytes at every writing.
"""

import json
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.identity import ModelIdentity
from modelserver_runtime.vectors.index import VectorName

METADATA_KEY = "modelserver.vector"
_UNIT_TOLERANCE = 1e-3  # float32 directions that were averaged and normalised stay far below
# Factor × norm at most: millions of times the length of any stream, and its square at scale 4 is a float32 still.
_STRONGEST = 1e12

Floats = NDArray[np.float32]


def unit(rows: NDArray[np.float64]) -> Floats:
    """The same rows with length 1.

    Raises:
        VectorError: a row has no length.
    """
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not (lengths > 0).all():
        raise VectorError("the two sets of texts look the same to the model: there is no direction between them")
    return np.asarray(rows / lengths, dtype=np.float32)


class _Part(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True, strict=True, allow_inf_nan=False
    )


class Band(_Part):
    """The layers that a vector is meant for, both ends included."""

    first: int = Field(ge=0)
    last: int = Field(ge=0)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.first > self.last:
            raise ValueError("band: first must not lie after last")
        return self

    @property
    def layers(self) -> range:
        """The layer numbers of the band."""
        return range(self.first, self.last + 1)


class Calibration(_Part):
    """How the factor was found: the KL per token (nats) at scale 1.0, and the text it was measured on."""

    kl_per_token: float = Field(gt=0)
    text: str


class Description(_Part):
    """What a vector's file says about itself besides the numbers per layer."""

    format_version: Literal[1] = 1
    name: VectorName
    model: ModelIdentity
    method: str
    data: str
    band: Band
    factor: float = Field(gt=0)
    calibration: Calibration


@dataclass(frozen=True)
class Vector:
    """A vector in memory; checked when made, so that one that exists can be used.

    Args:
        description: the metadata.
        direction: layers × hidden size, each row of length 1.
        norm: layers, each above 0.

    Raises:
        VectorError: shapes, lengths or numbers break what the module's docstring says.
    """

    description: Description
    direction: Floats
    norm: Floats

    def __post_init__(self) -> None:
        """Refuse what cannot steer."""
        if problem := _problem(self):
            raise VectorError(f"vector {self.description.name!r}: {problem}")

    def delta(self, layer: int, scale: float) -> Floats:
        """What is added to the residual stream after `layer` at `scale`: shape (hidden size); 0 outside the band."""
        if layer not in self.description.band.layers:
            return np.zeros_like(self.direction[layer])
        strength = scale * self.description.factor * float(self.norm[layer])
        return np.asarray(strength * self.direction[layer], dtype=np.float32)

    def to_bytes(self) -> bytes:
        """The file's content; the same vector always gives the same bytes."""
        from safetensors.numpy import save

        metadata = {METADATA_KEY: self.description.model_dump_json(by_alias=True)}
        data: bytes = save({"direction": self.direction, "norm": self.norm}, metadata)
        return data

    @classmethod
    def from_bytes(cls, data: bytes, source: str) -> Self:
        """The vector in a file's content; `source` only names it in errors.

        Raises:
            VectorError: it is no vector's file, or one that breaks the rules.
        """
        tensors, metadata = _parse(data, source)
        if METADATA_KEY not in metadata:
            raise VectorError(f"{source} says nothing under {METADATA_KEY!r} in its metadata: it is no vector of ours")
        try:
            description = Description.model_validate_json(metadata[METADATA_KEY])
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(step) for step in first["loc"])
            raise VectorError(f"{source}: metadata: {where}: {first['msg']}") from error
        if set(tensors) != {"direction", "norm"}:
            raise VectorError(f"{source} must hold the tensors direction and norm, and holds {sorted(tensors)}")
        return cls(description, tensors["direction"], tensors["norm"])


def _parse(data: bytes, source: str) -> tuple[dict[str, Floats], dict[str, str]]:
    """Tensors and metadata of a safetensors file; a pickle, the common other form, is never opened."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        tensors = load(data)
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    except (SafetensorError, KeyError, ValueError) as error:
        raise VectorError(f"{source} is no safetensors file: {error}") from error
    return tensors, header.get("__metadata__", {})


def _problem(vector: Vector) -> str | None:
    return _wrong_shape(vector) or _wrong_number(vector)


def _wrong_shape(vector: Vector) -> str | None:
    model, band = vector.description.model, vector.description.band
    if vector.direction.dtype != np.float32 or vector.norm.dtype != np.float32:
        return f"direction and norm must be float32, not {vector.direction.dtype} and {vector.norm.dtype}"
    if vector.direction.shape != (model.layers, model.hidden_size):
        return f"direction has shape {vector.direction.shape}, and the model {(model.layers, model.hidden_size)}"
    if vector.norm.shape != (model.layers,):
        return f"norm has shape {vector.norm.shape}, and the model {model.layers} layers"
    if band.last >= model.layers:
        return f"the band ends at layer {band.last}, and the last layer is {model.layers - 1}"
    return None


def _wrong_number(vector: Vector) -> str | None:
    if not np.isfinite(vector.direction).all() or not np.isfinite(vector.norm).all():
        return "a number is not finite"
    if (vector.norm <= 0).any():
        return "a layer's norm is not above 0"
    lengths = np.linalg.norm(vector.direction, axis=1)
    if (np.abs(lengths - 1) > _UNIT_TOLERANCE).any():
        return f"a direction has length {lengths[np.abs(lengths - 1).argmax()]:.4f}, and must have 1"
    added = vector.description.factor * float(vector.norm.max())
    if added > _STRONGEST:
        return f"factor × norm reaches {added:.3g}, and may be {_STRONGEST:g} at most: no model could compute with it"
    return None
