"""Vectors with made-up directions in the project's own file format, for the tiny models."""

import hashlib
from dataclasses import dataclass

import numpy as np

from modelserver_runtime.vectors.identity import ModelIdentity
from modelserver_runtime.vectors.vector import Band, Calibration, Description, Vector


@dataclass(frozen=True)
class Made:
    """A vector, its file's bytes and the digest by which the engine knows it."""

    vector: Vector
    data: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def make(identity: ModelIdentity, name: str, seed: int, band: tuple[int, int] | None = None) -> Made:
    """A vector of random directions; one seed gives the same bytes always. band: all layers unless told."""
    random = np.random.default_rng(seed)
    direction = random.standard_normal((identity.layers, identity.hidden_size)).astype(np.float32)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    first, last = band or (0, identity.layers - 1)
    description = Description(
        name=name,
        model=identity,
        method="made up",
        data="none",
        band=Band(first=first, last=last),
        factor=0.4,  # beside a stream of length 8: other words, and no collapse
        calibration=Calibration(kl_per_token=0.5, text="none"),
    )
    norm = random.uniform(6, 10, identity.layers).astype(np.float32)
    vector = Vector(description, direction, norm)
    return Made(vector, vector.to_bytes())
