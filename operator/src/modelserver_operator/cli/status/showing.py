"""Prints what is asked for, once or at every change, in the way that is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from modelserver_operator.cli import screen
from modelserver_operator.cli.machine_readable import serialized
from modelserver_operator.cli.status import following
from modelserver_operator.cli.status.advice import State
from modelserver_operator.cli.status.looking import Asked, look
from modelserver_operator.cli.status.text import listing, page
from modelserver_operator.cli.status.view import View, row, whole
from modelserver_operator.cli.yamltext import dump
from modelserver_operator.cluster import Cluster

__all__ = ["Asked", "follow", "once"]

Data = dict[str, Any]

# How one ModelServer is written while all are followed; the first is for people, and decided elsewhere.
EACH: Mapping[str, Callable[[Data], str]] = {
    "json": json.dumps,
    "yaml": lambda content: f"---\n{dump(content)}".rstrip(),
}


async def once(cluster: Cluster, asked: Asked, output: str) -> int:
    """Prints it; the exit status. Raises ClickException and ClusterError."""
    views = await look(cluster, asked)
    if output == "text":
        _show(views, asked)
    else:
        content = whole(views[0]) if asked.name else {"servers": [row(view) for view in views]}
        click.echo(serialized(content, output), nl=False)
    return 1 if any(view.said.state == State.NEEDS_HELP for view in views) else 0


async def follow(cluster: Cluster, asked: Asked, output: str) -> int:
    """Prints it at every change, and does not return. Raises ClickException and ClusterError at the start."""
    content = whole if asked.name else row
    written = EACH.get(output)
    await following.follow(cluster, asked, (lambda view: written(content(view))) if written else None)
    return 0


def _show(views: Sequence[View], asked: Asked) -> None:
    if asked.name:
        screen.show(*page(views[0]))
    elif views:
        screen.show(*listing(views, everywhere=asked.namespace is None))
    else:
        where = f"the namespace {asked.namespace}" if asked.namespace else "any namespace"
        click.echo(f"There is no ModelServer in {where}.", err=True)
