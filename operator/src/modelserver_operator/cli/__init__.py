"""`modelserver`: what can be said about a ModelServer, and done with it, without a cluster or with one."""

from __future__ import annotations

import click

from modelserver_operator.cli.completion import completion
from modelserver_operator.cli.crd import crd
from modelserver_operator.cli.loadtest.command import loadtest
from modelserver_operator.cli.loadtest.compare_command import loadtest_compare
from modelserver_operator.cli.plan import plan
from modelserver_operator.cli.render import render
from modelserver_operator.cli.run import run
from modelserver_operator.cli.status import status
from modelserver_operator.cli.top import top
from modelserver_operator.cli.validate import validate


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="modelserver-operator", prog_name="modelserver")
def main() -> None:
    """Check, show and run ModelServers, without a cluster; say how they are in one.

    Exit status: 0 when all is well, 1 when something is refused or needs help, 2 for a wrong command line.
    """


for command in (completion, crd, loadtest, loadtest_compare, plan, render, run, status, top, validate):
    main.add_command(command)
