"""A mapping in force, and vectors behind it, for tests of what callers ask for."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from modelserver_runtime.emotions.mapping import PLAIN, InForce, Mix
from modelserver_runtime.emotions.state import Emotions
from modelserver_runtime.emotions.strength import Strengths
from modelserver_runtime.vectors.identity import ModelIdentity
from modelserver_runtime.vectors.vector import Band, Calibration, Description, Vector

NAMES = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "awe", "envy", "pride")
LAYERS, WIDTH = 2, len(NAMES)
DIGESTS = {name: f"{place:064x}" for place, name in enumerate(NAMES)}
CHEERFUL, GRAVE = Mix((("happiness", 70),)), Mix((("sadness", 30), ("surprise", -20)), "decode")
VARIANTS = {"cheerful": CHEERFUL, "grave": GRAVE}


def vector(
    name: str, direction: list[float], *, factor: float = 0.5, band: tuple[int, int] = (0, LAYERS - 1)
) -> Vector:
    """A vector that points the same way in each layer, where norms are 1 and 2; `direction` may have any length."""
    unit = np.array(direction, dtype=np.float64) / np.linalg.norm(direction)
    model = ModelIdentity(name="demo", config_sha256="0" * 64, layers=LAYERS, hidden_size=len(direction))
    described = Description(
        name=name,
        model=model,
        method="m",
        data="d",
        band=Band(first=band[0], last=band[1]),
        factor=factor,
        calibration=Calibration(kl_per_token=0.5, text="t"),
    )
    norms = np.arange(1, LAYERS + 1, dtype=np.float32)
    return Vector(described, np.tile(unit, (LAYERS, 1)).astype(np.float32), norms)


def orthogonal() -> dict[str, Vector]:
    """Vectors of one length, at right angles to each other: the length of a mix is the root of its squared scales."""
    return {name: vector(name, np.eye(WIDTH)[place].tolist()) for place, name in enumerate(NAMES)}


def in_force(
    *, default: Mix = PLAIN, per_request: bool = True, variants: Mapping[str, Mix] = MappingProxyType(VARIANTS)
) -> InForce:
    return InForce(variants, DIGESTS, default, per_request)


STRENGTHS = Strengths(orthogonal())


def emotions(now: InForce | None = None, *, enabled: bool = True, most: int = 64) -> Emotions:
    """The holder, with a mapping in force."""
    held = Emotions(enabled=enabled, max_active_mixes=most)
    held.flip(now or in_force(), STRENGTHS)
    return held
