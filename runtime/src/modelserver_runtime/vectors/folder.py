"""A folder of vectors as the runtime mounts it: vectors.json and the files that it names."""

from collections.abc import Iterable
from pathlib import Path

from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.identity import ModelIdentity
from modelserver_runtime.vectors.index import Entry, Index, read_bytes, read_index, write_folder
from modelserver_runtime.vectors.vector import Vector

_NUMBER_BYTES = 4  # float32
_BESIDE_BYTES = 1 << 20  # of a file: the norms, and what it says about itself


def read(folder: Path, model: ModelIdentity) -> dict[str, Vector]:
    """All vectors of `folder`, by name, each proven to have the bytes of the index and to fit `model`.

    Raises:
        VectorError: the first thing that is wrong, as a sentence.
    """
    index = read_index(folder)
    return {name: read_one(folder, name, entry, model)[1] for name, entry in index.vectors.items()}


def write(folder: Path, vectors: Iterable[Vector]) -> Index:
    """Write `vectors` and their index into `folder`, which must exist."""
    return write_folder(folder, {vector.description.name: vector.to_bytes() for vector in vectors})


def read_one(folder: Path, name: str, entry: Entry, model: ModelIdentity) -> tuple[bytes, Vector]:
    """A vector's file, proven to have the bytes of the index, and what they hold, proven to fit `model`.

    Raises:
        VectorError: the first thing that is wrong, as a sentence.
    """
    most = model.layers * model.hidden_size * _NUMBER_BYTES + _BESIDE_BYTES
    data, path = read_bytes(folder, name, entry, most), folder / entry.file
    vector = Vector.from_bytes(data, str(path))
    if difference := vector.description.model.difference(model):
        raise VectorError(f"vector {name!r}: {path} cannot be used: {difference}")
    return data, vector
