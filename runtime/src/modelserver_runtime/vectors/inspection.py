"""What vectors' files say, and how the vectors lie to each other: for `vectors inspect`."""

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.identity import ModelIdentity
from modelserver_runtime.vectors.index import other_form, read_bytes, read_index
from modelserver_runtime.vectors.vector import Vector


def read(path: Path) -> dict[str, Vector]:
    """The vectors of a folder by the index's names, or the one of a file by the name that it has in itself.

    Raises:
        VectorError: the first thing that is wrong, as a sentence.
    """
    if path.is_dir():
        entries = read_index(path).vectors
        return {
            name: Vector.from_bytes(read_bytes(path, name, entry), str(path / entry.file))
            for name, entry in entries.items()
        }
    if advice := other_form(path):
        raise VectorError(f"{path} is no vector's file: {advice}")
    try:
        vector = Vector.from_bytes(path.read_bytes(), str(path))
    except OSError as error:
        raise VectorError(f"{path} cannot be read: {error.strerror}") from error
    return {vector.description.name: vector}


def inspected(vectors: Mapping[str, Vector], model: ModelIdentity | None) -> dict[str, Any]:
    """All about `vectors` as JSON has it; `fits` is there where `model` is given, and null for a vector that does."""
    return {
        "vectors": {name: _one(vector, model) for name, vector in vectors.items()},
        "cosines": [
            {"vectors": [one, other], "cosine": cosine(vectors[one], vectors[other])}
            for one, other in combinations(vectors, 2)
        ],
    }


def cosine(one: Vector, other: Vector) -> float | None:
    """The mean cosine of the two at the layers that both are meant for; None where there is no such layer."""
    if one.direction.shape != other.direction.shape:
        return None
    layers = sorted(set(one.description.band.layers) & set(other.description.band.layers))
    return float((one.direction[layers] * other.direction[layers]).sum(1).mean()) if layers else None


def _one(vector: Vector, model: ModelIdentity | None) -> dict[str, Any]:
    description = vector.description.model_dump(by_alias=True)
    layers = [
        {
            "layer": layer,
            "norm": float(norm),
            "addedAtScale1": float(np.linalg.norm(vector.delta(layer, 1.0))),
        }
        for layer, norm in enumerate(vector.norm)
    ]
    fits = {} if model is None else {"refused": vector.description.model.difference(model)}
    return {**description, **fits, "layers": layers}
