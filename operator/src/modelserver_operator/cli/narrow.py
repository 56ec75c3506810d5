"""Tables and sentences that a narrow terminal takes, too: no figure of theirs is broken into lines.

Prose goes below its row, columns that do not fit are left out and named, and of what is left the longest words go on in
the next line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

WIDE, TIGHT = 3, 1  # blanks between columns
LEAST = 10  # columns of the terminal: what is no longer than this, as figures and most headings are, is never broken
READABLE = 40  # the same for prose: in less it is a ladder of halved words
INDENT = 2  # of prose below its row


class Layout(NamedTuple):
    """Blanks between columns, those columns, and how much each of them takes."""

    gap: int
    columns: Sequence[Column]
    widths: Sequence[int]

    @property
    def width(self) -> int:
        """Of a line."""
        return sum(self.widths) + self.gap * (len(self.widths) - 1)


@dataclass(frozen=True)
class Narrow:
    """A table as the terminal has room for it. Columns are named by their headings; cells are Text.

    spare: those that go first, in this order; a line below says which went. words: those that are broken into lines
    before any column goes. prose: the last column, where that is of sentences.
    """

    table: Table
    spare: Sequence[str] = ()
    words: Collection[str] = ()
    prose: str | None = None

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        layouts = [*self._layouts()]
        least = next((each for each in layouts if each.width <= options.max_width), layouts[-1])
        chosen = self._grown(least, options.max_width)
        shown = [column.header for column in chosen.columns]
        yield from self._below(chosen) if self.prose not in (None, *shown) else [self._drawn(chosen)]
        gone = [str(column.header) for column in self.table.columns if column.header not in (*shown, self.prose)]
        if gone:
            yield Text(f"There is no room here for {', '.join(sorted(gone, key=self.spare.index))}.", style="dim")

    def _layouts(self) -> Iterator[Layout]:
        """All that come into question, the one to be preferred first, each as narrow as it can be."""
        yield self._without((), WIDE)
        below = () if self.prose is None else (self.prose,)
        yield self._without(below, WIDE)
        for number in range(len(self.spare) + 1):
            yield self._without((*below, *self.spare[:number]), TIGHT)

    def _without(self, gone: Collection[str], gap: int) -> Layout:
        columns = [column for column in self.table.columns if column.header not in gone]
        return Layout(gap, columns, [self._least(column) for column in columns])

    def _least(self, column: Column) -> int:
        if column.header == self.prose:
            return min(_natural(column), READABLE)
        return min(_natural(column), LEAST) if column.header in self.words else _natural(column)

    def _grown(self, least: Layout, width: int) -> Layout:
        """With what is to spare given to the columns that need it; where there is too little, the longest lose."""
        widths, natural = list(least.widths), [_natural(column) for column in least.columns]
        room = width - least.width
        while room > 0 and (short := [place for place, has in enumerate(widths) if has < natural[place]]):
            widths[min(short, key=widths.__getitem__)] += 1
            room -= 1
        while room < 0 and max(widths) > LEAST:
            widths[widths.index(max(widths))] -= 1
            room += 1
        return least._replace(widths=widths)

    def _below(self, layout: Layout) -> Iterator[RenderableType]:
        """Each row is a table of its own, with the same widths, and its prose stands below it."""
        prose = [*self.table.columns[-1].cells]
        yield self._drawn(layout, 0, 0)
        for number, row in enumerate(self.table.rows):
            yield self._drawn(layout, number, number + 1, with_heading=False)
            if str(prose[number]):
                yield Padding(prose[number], (0, 0, 0, INDENT), style=row.style or "")

    def _drawn(self, layout: Layout, first: int = 0, end: int | None = None, *, with_heading: bool = True) -> Table:
        """These rows."""
        made = Table(
            box=None,
            pad_edge=False,
            padding=(0, layout.gap, 0, 0),
            header_style=self.table.header_style,
            show_header=with_heading,
        )
        for column, width in zip(layout.columns, layout.widths, strict=True):
            made.add_column(column.header, justify=column.justify, width=width, overflow="fold")
        cells = zip(*([*column.cells][first:end] for column in layout.columns), strict=True)
        for row, each in zip(self.table.rows[first:end], cells, strict=True):
            made.add_row(*each, style=row.style)
        return made


def _natural(column: Column) -> int:
    """The width that a column would have by itself."""
    return max(cell_len(str(each)) for each in (column.header, *column.cells))


@dataclass(frozen=True)
class Sentence:
    """Words in lines of at most so many characters, or of as many as the terminal has."""

    words: str
    most: int
    style: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        width = min(self.most, options.max_width)
        yield Text(fill(self.words, width, break_long_words=False, break_on_hyphens=False), style=self.style)
