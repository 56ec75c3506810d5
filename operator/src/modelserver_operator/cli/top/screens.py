"""What covers the table: the page of one server, and the help."""

from __future__ import annotations

from typing import ClassVar

from rich.console import Group
from rich.table import Column, Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

from modelserver_operator.cli.top.board import Board, Row
from modelserver_operator.cli.top.page import page

BACK = "escape back   up, down, page up, page down scroll   q quit"
EXPLAINED = (
    ("up, down", "choose a server"),
    ("enter", "one server: pods, served names, emotions, refusals, conditions"),
    ("escape", "back"),
    ("s, >", "sort by the next column; S, < by the one before"),
    ("r", "the other way round"),
    ("/", "filter: words of a name, a namespace, a model or a state; escape there shows all"),
    ("?", "this page"),
    ("q, Ctrl-C", "quit"),
    ("", ""),
    ("STATE", "as modelserver status has it: Well, AsAsked, OnItsWay, NeedsHelp"),
    ("PODS", "how many answer, of how many there are to be"),
    ("RUN, WAIT", "requests in the engine and in the line, now"),
    ("TOK/S, REQ/S", "tokens generated and requests ended, a second"),
    ("TTFT50, TTFT95", "to the first token of a stream: half, and 95 of 100, took at most so long"),
    ("E2E50, E2E95", "likewise to the end of the answer"),
    ("REFUSED", "requests that were refused: too many, a wrong key or body, a time that ran out"),
    ("ERRORS", "requests that ended with a status of 500 and above"),
    ("EMOTIONS", "those that requests were steered by, the most used first"),
    ("MODEL", "where the model comes from"),
    ("CONDITION", "what modelserver status says of the server"),
)
OF_WHEN = "Rates, percentiles and numbers are of the last minute, or since the view began."


def bar(words: str, width: int) -> Text:
    """A line that stands out over all its width, on a white terminal as on a black one."""
    line = Text(f" {words}", style="reverse", no_wrap=True)
    line.truncate(width, overflow="ellipsis", pad=True)
    return line


class _Covering(Screen[None]):
    CSS = ".keys { dock: bottom; height: 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,backspace,left", "app.pop_screen")]

    def compose(self) -> ComposeResult:
        """What it says, and the keys."""
        with VerticalScroll():
            yield Static(id="content")
        yield Static(classes="keys")

    def on_resize(self) -> None:
        """As wide as there is room; it is called at the beginning, too."""
        self.query_one(".keys", Static).update(bar(BACK, self.app.size.width))


class ServerPage(_Covering):
    """All of one server; it stays as it was last when the server goes."""

    def __init__(self, row: Row) -> None:
        super().__init__()
        self._row = row

    def on_mount(self) -> None:
        """Draw it."""
        self._draw()

    def on_resize(self) -> None:
        """Draw it as wide as there is room."""
        self._draw()

    def show(self, board: Board) -> None:
        """As it is now."""
        found = [row for row in board.rows if row.server.key == self._row.server.key]
        self._row = found[0] if found else self._row
        self._draw(gone=not found)

    def _draw(self, *, gone: bool = False) -> None:
        parts = [*page(self._row, self.app.size.width)]
        if gone:
            parts.insert(0, Text("It is not there any more; this is how it was last.", style="yellow"))
        for content in self.query("#content").results(Static):  # none yet while it opens, none any more at the end
            content.update(Group(*parts))


class Help(_Covering):
    """The keys, and what the columns mean."""

    def on_mount(self) -> None:
        """Say it."""
        self.query_one("#content", Static).update(Group(_explained(), Text(), Text(OF_WHEN)))


def _explained() -> Table:
    """At the left what is explained, and at its right how, in as many lines as that takes."""
    made = Table.grid(Column(no_wrap=True), padding=(0, 2))
    for what, how in EXPLAINED:
        made.add_row(Text(what), Text(how))
    return made
