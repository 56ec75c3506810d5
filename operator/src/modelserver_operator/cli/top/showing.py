"""Shows what a source brings: once, after two looks, or in the terminal until somebody ends it."""

from __future__ import annotations

import asyncio
import logging
import signal
from asyncio import sleep
from collections.abc import Sequence
from dataclasses import dataclass

import click

from modelserver_operator.cli import screen
from modelserver_operator.cli.machine_readable import serialized
from modelserver_operator.cli.status.advice import State
from modelserver_operator.cli.status.following import first_end
from modelserver_operator.cli.top.board import Board, Row, board
from modelserver_operator.cli.top.choosing import Choice
from modelserver_operator.cli.top.data import data
from modelserver_operator.cli.top.look import Look, Source
from modelserver_operator.cli.top.text import listing
from modelserver_operator.cli.top.watched import Memory


@dataclass(frozen=True)
class Wanted:
    """How it is to be shown. interval: seconds between two looks. everywhere: whether several namespaces are."""

    interval: float
    choice: Choice
    everywhere: bool = False
    output: str = "text"


async def once(source: Source, wanted: Wanted) -> int:
    """Two looks, the interval apart, and what came between them; the exit status."""
    memory = Memory()
    board(begun(await source.look()), memory)
    await sleep(wanted.interval)
    made = board(await source.look(), memory)
    rows = wanted.choice.rows(made.rows)
    _print(made, rows, wanted)
    return 1 if any(row.server.state == State.NEEDS_HELP for row in rows) else 0


def begun(look: Look) -> Look:
    """The first look. Raises ClickException where it is without a cluster, and nobody has answered."""
    if look.pods and not any(pod.scrape for pod in look.pods) and not any(key[0] for key in look.servers):
        raise click.ClickException(" ".join(look.notes))
    return look


def _print(made: Board, rows: Sequence[Row], wanted: Wanted) -> None:
    if wanted.output == "text":
        screen.show(*listing(made, rows, everywhere=wanted.everywhere))
    else:
        click.echo(serialized(data(made, rows), wanted.output), nl=False)


async def watch(source: Source, wanted: Wanted) -> int:
    """Until q, Ctrl-C or a signal; the terminal is then as it was."""
    from modelserver_operator.cli.top.app import Top  # textual takes half a second to import

    top = Top(source, wanted.choice, begun(await source.look()), wanted.interval, everywhere=wanted.everywhere)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, top.exit)
    logging.getLogger().addHandler(logging.NullHandler())  # what is logged meanwhile would be drawn over the table
    await first_end(top.run_async(mouse=False), source.follow())
    return top.return_code or 0
