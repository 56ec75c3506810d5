"""A board for people who do not watch: the table with all columns that there is room for, once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from modelserver_operator.cli import screen
from modelserver_operator.cli.narrow import Narrow
from modelserver_operator.cli.status.text import STYLES
from modelserver_operator.cli.top.board import Board, Row
from modelserver_operator.cli.top.columns import COLUMNS, NAMESPACE


def listing(board: Board, rows: Sequence[Row], *, everywhere: bool) -> Iterator[RenderableType]:
    """One row a server, and what could not be had."""
    columns = [*([NAMESPACE] if everywhere else []), *COLUMNS]
    made = screen.table(*(column.heading for column in columns))
    for column, drawn in zip(columns, made.columns, strict=True):
        drawn.justify = "right" if column.numeric else "left"
    for row in rows:
        screen.row(made, *(_cell(column.name, column.text(row), row) for column in columns))
    by_room = sorted(columns, key=lambda column: column.room, reverse=True)
    spare = [column.heading for column in by_room if column.room and column.name != "condition"]
    words = [column.heading for column in columns if not column.numeric]
    yield Narrow(made, spare, words, prose="CONDITION")
    yield Text(f"Rates, percentiles and numbers are of the last {board.seconds:.1f} s.", style="dim")
    yield from (Text(f"note: {note}", style="dim") for note in board.notes)


def _cell(name: str, text: str, row: Row) -> Text:
    return Text(text, style=STYLES[row.server.state] if name in ("state", "condition") else "")
