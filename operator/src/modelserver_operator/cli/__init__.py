"""`modelserver`: what can be said about a ModelServer, and done with it, without a cluster."""

from __future__ import annotations

import click

from modelserver_operator.cli.crd import crd
from modelserver_operator.cli.plan import plan
from modelserver_operator.cli.render import render
from modelserver_operator.cli.run import run
from modelserver_operator.cli.validate import validate


@click.group()
@click.version_option(package_name="modelserver-operator", prog_name="modelserver")
def main() -> None:
    """Check, show and run ModelServers, without a cluster.

    Exit status: 0 when all is well, 1 when something is refused, 2 for a wrong command line.
    """


for command in (crd, plan, render, run, validate):
    main.add_command(command)
