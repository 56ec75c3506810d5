"""The table of servers, as wide as the terminal, with a cursor that stays with its server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from rich.text import Text
from textual.widgets import DataTable

from modelserver_operator.cli.status.text import STYLES
from modelserver_operator.cli.top.board import Row
from modelserver_operator.cli.top.choosing import Choice
from modelserver_operator.cli.top.columns import Column, shown, widths
from modelserver_operator.cli.top.look import ServerKey

Drawn = tuple[Sequence[str], Sequence[int], Sequence[ServerKey]]  # headings, widths, rows


class Servers(DataTable[Text]):
    """Drawn anew only where columns or rows are others than before; else the cells that differ."""

    DEFAULT_CSS = "Servers { height: 1fr; overflow-x: hidden; }"  # columns fit, but for the moment of a resize

    def __init__(self, *, everywhere: bool) -> None:
        super().__init__(cursor_type="row", zebra_stripes=False)
        self._everywhere = everywhere
        self._drawn: Drawn | None = None
        self.shown: Sequence[Column] = ()
        """The columns that there is room for."""

    def show(self, rows: Sequence[Row], choice: Choice) -> None:
        """These rows."""
        width = self.app.size.width
        self.shown = shown(width, everywhere=self._everywhere)
        texts = [[column.text(row) for column in self.shown] for row in rows]
        headings = [_heading(column, choice) for column in self.shown]
        drawn = (headings, widths(self.shown, texts, width), [row.server.key for row in rows])
        cells = [
            [_cell(column, text, row) for column, text in zip(self.shown, line, strict=True)]
            for row, line in zip(rows, texts, strict=True)
        ]
        if drawn == self._drawn:
            self._update(cells)
        else:
            self._rebuild(drawn, cells)

    def _update(self, cells: Sequence[Sequence[Text]]) -> None:
        for number, line in enumerate(cells):
            for column, cell in enumerate(line):
                if self.get_cell_at((number, column)) != cell:  # type: ignore[arg-type]
                    self.update_cell_at((number, column), cell)  # type: ignore[arg-type]

    def _rebuild(self, drawn: Drawn, cells: Sequence[Sequence[Text]]) -> None:
        chosen = self.chosen
        headings, wide, keys = drawn
        self.clear(columns=True)
        for heading, column, width in zip(headings, self.shown, wide, strict=True):
            self.add_column(Text(heading, justify=_side(column)), width=width)
        for line in cells:
            self.add_row(*line)
        self._drawn = drawn
        if chosen and chosen in keys:
            self.move_cursor(row=list(keys).index(chosen), animate=False)

    @property
    def chosen(self) -> ServerKey | None:
        """The server that the cursor is on."""
        keys = self._drawn[2] if self._drawn else ()
        return keys[self.cursor_row] if 0 <= self.cursor_row < len(keys) else None


def _heading(column: Column, choice: Choice) -> str:
    arrow = ("▼" if choice.descends else "▲") if column.name == choice.sort else ""
    return column.heading + arrow


def _cell(column: Column, text: str, row: Row) -> Text:
    style = STYLES[row.server.state] if column.name in ("state", "condition") else ""
    return Text(text, style=style, justify=_side(column), no_wrap=True, overflow="ellipsis")


def _side(column: Column) -> Literal["left", "right"]:
    return "right" if column.numeric and column.name != "state" else "left"
