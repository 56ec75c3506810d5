"""Where a new vector goes: a folder of the same model's vectors, one of which it may replace."""

from collections.abc import Collection
from pathlib import Path

from modelserver_runtime.vectors import inspection
from modelserver_runtime.vectors import pairs as pair_sets
from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.identity import ModelIdentity
from modelserver_runtime.vectors.index import FILE_NAME, add_to_folder
from modelserver_runtime.vectors.making.neutral import Neutral, read_lines
from modelserver_runtime.vectors.making.subject import Subject
from modelserver_runtime.vectors.vector import Vector


def refuse_taken(out: Path, names: Collection[str], model: ModelIdentity, replace: bool) -> None:
    """Refuse, before the work is done, to write what could not be served.

    Raises:
        VectorError: a name is taken and `replace` is false, or what stays in the folder is for another model.
    """
    if not (out / FILE_NAME).exists():
        return
    for name, vector in inspection.read(out).items():
        if name in names and not replace:
            raise VectorError(f"{out} has a vector {name!r} already: --replace replaces it")
        if name not in names and (difference := vector.description.model.difference(model)):
            raise VectorError(f"{out} is for another model: of its vector {name!r}, {difference}")


def add(out: Path, vector: Vector) -> Path:
    """Add `vector` to the folder; returns its file."""
    name = vector.description.name
    return out / add_to_folder(out, {name: vector.to_bytes()}).vectors[name].file


def neutral(subject: Subject, path: Path | None) -> Neutral | None:
    """The texts of a file; None where none is named."""
    if path is None:
        return None
    return Neutral.of(map(subject.text, read_lines(path)), f"lines of {path.name}")


def shipped_neutral(subject: Subject) -> Neutral:
    """The negative texts of the shipped pairs, in turn from each set."""
    sets = [pair_sets.read(pair_sets.shipped(emotion)) for emotion in pair_sets.EMOTIONS]
    texts = [pair.negative for row in zip(*sets, strict=False) for pair in row]
    return Neutral.of(map(subject.text, texts), "negative texts of the shipped pairs")
