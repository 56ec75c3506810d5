"""`modelserver loadtest`: put a server under load, and say how its callers would feel it."""

from __future__ import annotations

import asyncio

import click

from modelserver_operator.cli.connection import cluster_options, live_namespace_option
from modelserver_operator.cli.loadtest.wanted.arguments import HowMuch, Judged, Told, What, Whom
from modelserver_operator.cli.loadtest.wanted.options import (
    how_much_options,
    judged_options,
    told_options,
    what_options,
    whom_options,
)
from modelserver_operator.cli.loadtest.wanted.sorting import sorted_out


@click.command()
@click.argument("asked", metavar="URL|NAME")
@live_namespace_option
@cluster_options
@whom_options
@what_options
@how_much_options
@judged_options
@told_options
@sorted_out
def loadtest(whom: Whom, what: What, how_much: HowMuch, judged: Judged, told: Told) -> None:
    """Put a server under load, and say how its callers would feel it.

    URL is any server of the OpenAI or Anthropic API, ours or not; NAME a ModelServer, asked at its address where that
    answers from here, else through the API server. Latencies count from when a request was due, so that a server that
    stands still cannot hide it. Ctrl-C ends the test early, and what was measured is told.

    The exit status is 1 when an --assert does not hold, or nothing was answered.
    """
    from modelserver_operator.cli.loadtest import conducting  # aiohttp and the plots take half a second to import

    click.get_current_context().exit(asyncio.run(conducting.conducted(whom, what, how_much, judged, told)))
