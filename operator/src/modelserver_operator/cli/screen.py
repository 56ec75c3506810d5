"""What is printed for people: tables and colour in a terminal, elsewhere the same as plain text, which never wraps."""

from __future__ import annotations

import io
import sys

import click
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

ENDLESS = 1_000_000  # columns: a line of a file is as long as it is


def show(*parts: RenderableType) -> None:
    """Print on standard output. NO_COLOR and the like are honoured, as rich does."""
    screen = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    if screen.is_terminal:
        screen.print(*parts, sep="\n")
    else:
        click.echo(plain(*parts), nl=False)


def plain(*parts: RenderableType) -> str:
    """The same without colour, and without blanks at the ends of lines."""
    page = io.StringIO()
    paper = Console(
        file=page, width=ENDLESS, color_system=None, force_terminal=False, highlight=False, markup=False, emoji=False
    )
    paper.print(*parts, sep="\n")
    return "".join(f"{line.rstrip()}\n" for line in page.getvalue().splitlines())


def table(*headings: str) -> Table:
    """A table without lines; a heading is one word, and in capitals, as kubectl has them."""
    made = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold")
    for heading in headings:
        made.add_column(heading.upper(), overflow="fold")
    return made


def row(made: Table, *cells: object, style: str = "") -> None:
    """Add a row; cells are text as it stands."""
    made.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in cells), style=style)
