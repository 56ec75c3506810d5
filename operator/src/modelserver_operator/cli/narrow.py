"""Tables and sentences that a narrow terminal takes, too: no figure of theirs is broken into lines."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from textwrap import fill

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.table import Column, Table
from rich.text import Text

WIDE, TIGHT = 3, 1  # blanks between columns
LEAST_WORDS = 10  # columns that words take, if they are broken into lines


@dataclass(frozen=True)
class Narrow:
    """A table that has as many columns as there is room for. Cells are Text.

    spare: headings of those that go first, in this order; a line below says which went. words: headings of those whose
    cells may be broken into lines.
    """

    table: Table
    spare: Sequence[str] = ()
    words: Collection[str] = ()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        gap, gone = self._fitting(options.max_width)
        made = copy(self.table)
        made.padding = (0, gap, 0, 0)
        left = [column for column in self.table.columns if column.header not in gone]
        made.columns = [
            replace(column, _index=place, no_wrap=column.header not in self.words) for place, column in enumerate(left)
        ]
        yield made
        if gone:
            yield Text(f"There is no room here for {', '.join(gone)}.", style="dim")

    def _fitting(self, width: int) -> tuple[int, Sequence[str]]:
        """How much stands between columns, and which are left out."""
        if self._needs(WIDE, ()) <= width:
            return WIDE, ()
        numbers = range(len(self.spare) + 1)
        fits = (number for number in numbers if self._needs(TIGHT, self.spare[:number]) <= width)
        return TIGHT, self.spare[: next(fits, len(self.spare))]

    def _needs(self, gap: int, gone: Collection[str]) -> int:
        widths = [self._width(column) for column in self.table.columns if column.header not in gone]
        return sum(widths) + gap * (len(widths) - 1)

    def _width(self, column: Column) -> int:
        natural = max(cell_len(str(each)) for each in (column.header, *column.cells))
        return min(natural, LEAST_WORDS) if column.header in self.words else natural


@dataclass(frozen=True)
class Sentence:
    """Words in lines of at most so many characters, or of as many as the terminal has."""

    words: str
    most: int
    style: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        width = min(self.most, options.max_width)
        yield Text(fill(self.words, width, break_long_words=False, break_on_hyphens=False), style=self.style)
