"""Pairs of texts, from which vectors are made: the same thing told with an emotion and without it.

The files beside this module are the sets of the six emotions that this project ships.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from modelserver_runtime.vectors.errors import VectorError

EMOTIONS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")

Person = Literal["first", "second", "third"]
Text = Annotated[str, StringConstraints(pattern=r"\w")]


class Pair(BaseModel):
    """One line of a file: `positive` shows the emotion, `negative` tells the like of it without any.

    topic: what the two are about, a word of the author's choice; person: the grammatical person of both.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    topic: Text
    person: Person
    positive: Text
    negative: Text


def shipped(emotion: str) -> Path:
    """The file of the set that this project wrote for `emotion`, one of EMOTIONS."""
    return Path(__file__).with_name(f"{emotion}.jsonl")


def read(path: Path) -> list[Pair]:
    """The pairs of a file in its order; blank lines are passed over.

    Raises:
        VectorError: the file cannot be read, holds no pair, or a line is none; the sentence names the line.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise VectorError(f"{path} cannot be read: {error.strerror}") from error
    pairs = [_pair(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not pairs:
        raise VectorError(f"{path} holds no pair of texts")
    return pairs


def _pair(path: Path, number: int, line: bytes) -> Pair:
    try:
        return Pair.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "the line"
        raise VectorError(f"{path}, line {number}: {where}: {first['msg']}") from error
