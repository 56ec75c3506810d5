"""The neutral texts on which strength and norms are measured."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.passages import Passage

# More of them tell the mean no better, and the calibration keeps 4 bytes × positions × vocabulary of each.
_POSITIONS = 1024


@dataclass(frozen=True)
class Neutral:
    """Texts as the model reads them, and which they are, as the vector's metadata tells it."""

    passages: tuple[Passage, ...]
    told: str

    @classmethod
    def of(cls, passages: Iterable[Passage], told: str) -> "Neutral":
        """The first of `passages`, up to a thousand positions that count."""
        kept = tuple(_bounded(passages))
        return cls(kept, f"{len(kept)} {told}")


def read_lines(path: Path) -> list[str]:
    """The texts of a file that has one on each line, empty lines left out.

    Raises:
        VectorError: the file cannot be read, or it is empty.
    """
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except OSError as error:
        raise VectorError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise VectorError(f"{path} is no text in UTF-8") from error
    if not any(lines):
        raise VectorError(f"{path} has no texts: one on each line")
    return [line for line in lines if line]


def _bounded(passages: Iterable[Passage]) -> Iterator[Passage]:
    positions = 0
    for passage in passages:
        yield passage
        positions += len(passage.tokens) - passage.start
        if positions >= _POSITIONS:
            return
