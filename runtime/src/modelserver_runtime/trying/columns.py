"""Texts beside each other, as many as a terminal is wide enough for; the others follow below. Pure."""

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

NARROWEST = 24  # columns of a terminal: three beside each other in 80
GAP = "  "


class Column(NamedTuple):
    """A head of two lines, and a text of any length."""

    title: str
    subtitle: str
    text: str


def beside(columns: Sequence[Column], width: int) -> str:
    """All of them in lines of at most `width` cells."""
    fitting = max(1, (width + len(GAP)) // (NARROWEST + len(GAP)))
    number = min(fitting, len(columns))
    each = (width - len(GAP) * (number - 1)) // number
    rows = [columns[start : start + number] for start in range(0, len(columns), number)]
    return "\n\n".join("\n".join(_row(row, each)) for row in rows)


def _row(row: Sequence[Column], width: int) -> Iterator[str]:
    heads = [[*wrapped(column.title, width), *wrapped(column.subtitle, width)] for column in row]
    tallest = max(map(len, heads))
    cells = [
        [*head, *[""] * (tallest - len(head)), "─" * width, *wrapped(column.text, width)]
        for head, column in zip(heads, row, strict=True)
    ]
    for line in zip_longest(*cells, fillvalue=""):
        yield GAP.join(cell + " " * (width - cells_of(cell)) for cell in line).rstrip()


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` cells, broken between words; what a terminal would obey is shown as a mark."""
    return [line for paragraph in text.splitlines() for line in _filled(_harmless(paragraph).split(" "), width)]


def cells_of(text: str) -> int:
    """How many cells of a terminal it takes."""
    return sum(_cells(character) for character in text)


def _filled(words: Sequence[str], width: int) -> list[str]:
    lines = [""]
    for piece in (piece for word in words for piece in _pieces(word, width)):
        longer = f"{lines[-1]} {piece}" if lines[-1] else piece
        if cells_of(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(piece)
    return lines


def _pieces(word: str, width: int) -> Iterator[str]:
    """The word, in pieces where it is too long for a line."""
    piece = ""
    for character in word:
        if cells_of(piece + character) > width:
            yield piece
            piece = ""
        piece += character
    yield piece


def _harmless(text: str) -> str:
    return "".join(character if character.isprintable() else "�" for character in text.replace("\t", "    "))


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
