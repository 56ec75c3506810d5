"""From directions to a vector: the layers' norms, the factor of scale 1, and what the file says of itself."""

from dataclasses import dataclass

from modelserver_runtime.vectors import calibration, extraction
from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.making.neutral import Neutral
from modelserver_runtime.vectors.making.subject import Subject
from modelserver_runtime.vectors.strength import REFERENCE_KL
from modelserver_runtime.vectors.vector import Band, Calibration, Description, Floats, Vector


@dataclass(frozen=True)
class Found:
    """Directions (layers × hidden size, unit length), and how and from what they were found."""

    name: str
    direction: Floats
    method: str
    data: str


def finish(subject: Subject, found: Found, band: Band, neutral: Neutral, batch_size: int) -> Vector:
    """The calibrated vector.

    Raises:
        VectorError: no factor gives the reference strength.
    """
    norm = extraction.norms(subject.model, neutral.passages, batch_size)
    try:
        factor = calibration.factor(subject.model, found.direction, norm, band, neutral.passages, batch_size=batch_size)
    except VectorError as error:
        raise VectorError(f"vector {found.name!r} cannot be calibrated: {error}") from error
    description = Description(
        name=found.name,
        model=subject.identity,
        method=found.method,
        data=found.data,
        band=band,
        factor=factor,
        calibration=Calibration(kl_per_token=REFERENCE_KL, text=neutral.told),
    )
    return Vector(description, found.direction, norm)


def band_of(layers: int, asked: tuple[int, int] | None) -> Band:
    """The layers that were asked for, or the middle half: early ones hold words, late ones the next word already.

    Raises:
        VectorError: the model has no such layers.
    """
    first, last = asked or (layers // 4, layers - 1 - layers // 4)
    if not 0 <= first <= last < layers:
        raise VectorError(f"--layers {first}-{last}: the model has the layers 0-{layers - 1}")
    return Band(first=first, last=last)
