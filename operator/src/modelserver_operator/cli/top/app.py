"""The live view: a table of servers, a page of one, and the keys to move between them."""

from __future__ import annotations

import asyncio
import time
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Key
from textual.widgets import Input, Static

from modelserver_operator.cli.status.text import STYLES
from modelserver_operator.cli.top.board import Board, Row, board
from modelserver_operator.cli.top.choosing import Choice
from modelserver_operator.cli.top.look import Look, Source
from modelserver_operator.cli.top.screens import Help, ServerPage, bar
from modelserver_operator.cli.top.servers import Servers
from modelserver_operator.cli.top.watched import Memory

KEYS = "q quit   ? help   / filter   s S sort   r reverse   enter one server"


class Top(App[None]):
    """Looks every `interval` seconds, and draws what it has found."""

    TITLE = "modelserver top"
    ENABLE_COMMAND_PALETTE = False
    # Of all colours only the terminal's own two show on every background: the cursor swaps them.
    CSS = """
    * { scrollbar-color: ansi_default; scrollbar-background: ansi_default; }
    Servers > .datatable--header { background: ansi_default; color: ansi_default; text-style: bold underline; }
    Servers > .datatable--cursor { background: ansi_default; color: ansi_default; text-style: reverse; }
    #title, #keys { height: 1; }
    #said { height: auto; max-height: 4; }
    #notes { height: auto; max-height: 3; }
    #filter { display: none; height: 1; border: none; padding: 0; }
    #filter.open { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "quit", priority=True),
        Binding("q", "quit"),
        Binding("question_mark", "help"),
        Binding("slash", "filter", priority=True),  # else what is typed at once behind it would go to the table
        Binding("s,greater_than_sign", "sort(1)"),
        Binding("S,less_than_sign", "sort(-1)"),
        Binding("r", "reverse"),
    ]

    def __init__(self, source: Source, choice: Choice, first: Look, interval: float, *, everywhere: bool) -> None:
        super().__init__(ansi_color=True)
        self.theme = "ansi-dark"  # the terminal's own colours, whatever its background is
        self._source, self._interval, self._everywhere = source, interval, everywhere
        self._memory, self._choice = Memory(), choice
        self._board: Board = board(first, self._memory)

    def compose(self) -> ComposeResult:
        """From the top to the bottom."""
        yield Static(id="title")
        yield Servers(everywhere=self._everywhere)
        yield Static(id="said")
        yield Static(id="notes")
        yield Input(placeholder="words of a name, a namespace, a model or a state", id="filter")
        yield Static(id="keys")

    def on_mount(self) -> None:
        """Draw what there is, and look on."""
        self.query_one("#filter", Input).value = self._choice.words
        self.query_one(Servers).focus()
        self._draw()
        self._look_on()

    @work
    async def _look_on(self) -> None:
        while True:
            begun = time.monotonic()
            self._board = board(await self._source.look(), self._memory)
            self._draw()
            await asyncio.sleep(max(0.0, self._interval - (time.monotonic() - begun)))

    def _draw(self) -> None:
        rows = self._choice.rows(self._board.rows)
        self.screen_stack[0].query_one(Servers).show(rows, self._choice)
        self._say("#title", bar(self._title(len(rows)), self.size.width))
        self._say("#keys", bar(KEYS, self.size.width))
        self._say("#notes", Text("\n".join(self._board.notes), style="yellow"))
        self._tell_chosen()
        if isinstance(self.screen, ServerPage):
            self.screen.show(self._board)

    def _title(self, number: int) -> str:
        all_ = len(self._board.rows)
        of = f"{number} of {all_}" if number != all_ else f"{all_}"
        words = f" with {self._choice.words}" if self._choice.words else ""
        servers = "server" if all_ == 1 else "servers"
        return f"{of} {servers}{words}   the last {self._board.seconds:.0f} s   {self._source.where}"

    def _tell_chosen(self) -> None:
        row = self._chosen()
        told = Text()
        if row:
            told = Text.assemble((row.server.key[1], "bold"), ": ", (row.server.sentence, STYLES[row.server.state]))
            told.append(f" To do: {row.server.todo}" if row.server.todo else "")
        self._say("#said", told)

    def _say(self, where: str, what: Text) -> None:
        self.screen_stack[0].query_one(where, Static).update(what)

    def _chosen(self) -> Row | None:
        key = self.screen_stack[0].query_one(Servers).chosen
        return next((row for row in self._board.rows if row.server.key == key), None)

    def on_data_table_row_highlighted(self) -> None:
        """Say what is with the server that the cursor is on."""
        self._tell_chosen()

    def on_data_table_row_selected(self) -> None:
        """Show its page."""
        row = self._chosen()
        if row:
            self.push_screen(ServerPage(row))

    def on_resize(self) -> None:
        """Other columns have room."""
        if self._board.rows:
            self._draw()

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """In the field a slash is a letter, and on a page there is nothing to filter."""
        if action != "filter":
            return True
        return len(self.screen_stack) == 1 and not self.query_one("#filter", Input).has_class("open")

    def action_help(self) -> None:
        """Show the keys."""
        self.push_screen(Help())

    def action_sort(self, step: int) -> None:
        """By the next column."""
        self._chooses(self._choice.next(self.query_one(Servers).shown, step))

    def action_reverse(self) -> None:
        """The other way round."""
        self._chooses(Choice(self._choice.sort, not self._choice.turned, self._choice.words))

    def action_filter(self) -> None:
        """Take words."""
        field = self.query_one("#filter", Input)
        field.add_class("open")
        self.screen.set_focus(field)  # at once, which `focus` is not

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter at each letter."""
        self._chooses(Choice(self._choice.sort, self._choice.turned, event.value))

    def on_input_submitted(self) -> None:
        """Back to the table, with the words in force."""
        self.query_one("#filter", Input).remove_class("open")
        self.screen.set_focus(self.query_one(Servers))

    def on_key(self, event: Key) -> None:
        """Escape in the field takes the words back."""
        field = self.screen_stack[0].query_one("#filter", Input)
        if event.key == "escape" and field.has_class("open"):
            field.value = ""
            self.on_input_submitted()

    def _chooses(self, choice: Choice) -> None:
        if choice != self._choice:
            self._choice = choice
            self._draw()
