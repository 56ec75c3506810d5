"""A table whose last column is prose, which goes below its row where the terminal leaves too little room beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from modelserver_operator.cli import screen

READABLE = 40  # columns: prose in less is a ladder of halved words
GAP = 3  # between columns, as in every table
INDENT = 2
SHORTEST = 9  # columns: the longest headings, NAMESPACE and CONDITION, stay whole


@dataclass
class ProseTable:
    """headings: of the columns, the last of them the prose's. spare: those that are left out, one after another, where
    the others would not fit into a line."""

    headings: Sequence[str]
    spare: Sequence[str] = ()
    rows: list[list[Text]] = field(default_factory=list)

    def row(self, *cells: object, style: str = "") -> None:
        """Add a row; cells are text as it stands."""
        self.rows.append([cell if isinstance(cell, Text) else Text(str(cell), style) for cell in cells])

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """As rich asks for it."""
        *widths, prose = self._widths()
        left = options.max_width - sum(widths) - GAP * len(widths)
        return self._beside() if left >= min(prose, READABLE) else self._below(options.max_width)

    def _beside(self) -> Iterator[RenderableType]:
        made = screen.table(*self.headings)
        for cells in self.rows:
            screen.row(made, *cells)
        yield made

    def _below(self, width: int) -> Iterator[RenderableType]:
        """Each row is a table of its own, with the same widths; names that are too long go on in the next line."""
        kept, widths = self._kept(width)
        yield _line([Text(self.headings[index].upper(), "bold") for index in kept], widths)
        for cells in self.rows:
            yield _line([cells[index] for index in kept], widths)
            if cells[-1].plain:
                yield Padding(cells[-1], (0, 0, 0, INDENT))

    def _kept(self, width: int) -> tuple[list[int], list[int]]:
        """Which columns, by their place, and how wide each is."""
        all_widths, kept = self._widths(), list(range(len(self.headings) - 1))
        for name in self.spare:
            if _needed([all_widths[index] for index in kept]) > width:
                kept.remove(self.headings.index(name))
        widths = [all_widths[index] for index in kept]
        while _needed(widths) > width and max(widths) > SHORTEST:
            widths[widths.index(max(widths))] -= 1
        return kept, widths

    def _widths(self) -> list[int]:
        """That each column would have by itself."""
        columns = zip(map(Text, self.headings), *self.rows, strict=True)
        return [max(cell_len(cell.plain) for cell in cells) for cells in columns]


def _needed(widths: Sequence[int]) -> int:
    return sum(widths) + GAP * (len(widths) - 1)


def _line(cells: Sequence[Text], widths: Sequence[int]) -> Table:
    made = Table.grid(padding=(0, GAP, 0, 0))
    for width in widths:
        made.add_column(width=width, overflow="fold")
    made.add_row(*cells)
    return made
