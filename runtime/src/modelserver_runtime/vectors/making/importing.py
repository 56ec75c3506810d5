"""A control vector of another tool as a vector of ours: length 1 per layer, and calibrated against the model."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.making import control_vectors
from modelserver_runtime.vectors.making.control_vectors import ControlVector
from modelserver_runtime.vectors.making.finishing import Found, band_of, finish
from modelserver_runtime.vectors.making.neutral import Neutral
from modelserver_runtime.vectors.making.subject import Subject
from modelserver_runtime.vectors.vector import Band, Vector


@dataclass(frozen=True)
class Wish:
    """The vector's name, the layers that were asked for, the texts to calibrate on, and how many are read at once."""

    name: str
    layers: tuple[int, int] | None
    neutral: Neutral
    batch_size: int


def convert(subject: Subject, path: Path, wish: Wish) -> Vector:
    """The control vector in `path` as a vector of ours. How long its directions were is lost: scale 1 is ours.

    Raises:
        VectorError: it was made for another model, or gives no usable vector.
    """
    found = control_vectors.read(path)
    _refuse_other_kind(subject, path, found.model_type)
    try:
        direction = found.unit_directions(subject.identity)
    except VectorError as error:
        raise VectorError(f"{path} cannot be used: {error}") from error
    band = _within(band_of(subject.identity.layers, wish.layers), found, path)
    told = f"imported from {path.name}, a control vector for a model of type {found.model_type or 'unknown'}"
    imported = Found(wish.name, direction, "control vector (GGUF)", told)
    return finish(subject, imported, band, wish.neutral, wish.batch_size)


def _refuse_other_kind(subject: Subject, path: Path, model_type: str) -> None:
    ours: Sequence[str] = (subject.model.config.model_type, subject.model.config.get_text_config().model_type)
    if model_type and model_type not in ours:
        raise VectorError(
            f"{path} cannot be used: it was made for a model of type {model_type}, and {subject.identity.name} is of "
            f"type {ours[0]}"
        )


def _within(band: Band, found: ControlVector, path: Path) -> Band:
    if missing := [layer for layer in band.layers if layer not in found.directions]:
        raise VectorError(
            f"{path} has no direction for layer {missing[0]}: say with --layers which of its layers to take "
            f"({min(found.directions)}-{max(found.directions)})"
        )
    return band
