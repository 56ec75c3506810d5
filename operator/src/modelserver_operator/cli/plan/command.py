"""`modelserver plan`: every object, every argument of the engine and the reason for it, before anything is applied."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from modelserver_operator.api import API_VERSION
from modelserver_operator.cli.catalog import Catalog, catalog
from modelserver_operator.cli.connection import cluster_options, connected
from modelserver_operator.cli.documents import Malformed
from modelserver_operator.cli.machine_readable import serialized
from modelserver_operator.cli.models import Models, models_options
from modelserver_operator.cli.options import class_files_option, files_option, namespace_option
from modelserver_operator.cli.plan import offline
from modelserver_operator.cli.plan.contents import Plan
from modelserver_operator.cli.plan.data import data
from modelserver_operator.cli.repeats import for_one_cluster


class Way(NamedTuple):
    """The way to the cluster, as the command line has it."""

    kubeconfig: Path | None
    context: str | None
    namespace: str | None


@click.command()
@files_option
@class_files_option
@namespace_option
@click.option("--name", help="Which ModelServer, where the files hold several [default: all].")
@click.option(
    "--cluster",
    "with_cluster",
    is_flag=True,
    help="Take the class and what lives from the cluster, and try every change there without storing it; so do "
    "--kubeconfig and --context.",
)
@cluster_options
@models_options
@click.option("-o", "--output", type=click.Choice(["text", "json", "yaml"]), default="text", show_default=True)
@click.pass_context
def plan(
    context: click.Context,
    *,
    files: Sequence[Path],
    class_files: Sequence[Path],
    namespace: str | None,
    name: str | None,
    with_cluster: bool,
    kubeconfig: Path | None,
    kube_context: str | None,
    models: Models,
    output: str,
) -> None:
    """Print what ModelServers would become, and why, before anything is applied.

    Nothing is stored anywhere. Exit status 1: something would be refused, or does not fit.
    """

    def found(in_namespace: str | None) -> Catalog:
        return _named(for_one_cluster(catalog(files, class_files, in_namespace)), name)

    if with_cluster or kubeconfig or kube_context:
        made = asyncio.run(_online(found, models, Way(kubeconfig, kube_context, namespace)))
    else:
        made = offline.plan(found(namespace), models)
    _print(made, output)
    context.exit(0 if made.is_good else 1)


async def _online(found: Callable[[str | None], Catalog], models: Models, way: Way) -> Plan:
    from modelserver_operator.cli.plan import online  # the client takes a third of a second to import

    async with connected(*way) as connection:
        return await online.plan(connection.cluster, found(connection.namespace), models)


def _named(found: Catalog, name: str | None) -> Catalog:
    """What is asked for. Raises ClickException where nothing is."""
    if not found.verdicts:
        raise Malformed(f"nothing of {API_VERSION} is in the given files")
    if name is None:
        return found
    servers = [each for each in found.verdicts if each.document.kind == "ModelServer"]
    if name not in [each.document.name for each in servers]:
        names = ", ".join(each.document.name for each in servers) or "none"
        raise click.UsageError(f"No ModelServer of the files is called {name}; there are: {names}.")
    return Catalog([each for each in servers if each.document.name == name], found.skipped)


def _print(made: Plan, output: str) -> None:
    if output == "text":
        _show(made)
    else:
        click.echo(serialized(data(made), output), nl=False)


def _show(made: Plan) -> None:
    from modelserver_operator.cli.plan.text import pages  # rich takes as long to import as all the rest
    from modelserver_operator.cli.screen import show

    show(*pages(made))
