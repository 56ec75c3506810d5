"""`modelserver status`: what is going on with ModelServers, and what to do about it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from modelserver_operator.cli.connection import cluster_options, connected, live_namespace_option

COMPLETION_SECONDS = 2.0  # of a Tab: a shell waits for it, and does nothing else


def _names(context: click.Context, _: click.Parameter, begun: str) -> list[str]:
    """What a shell completes NAME with; nothing where the cluster cannot be asked, or takes too long."""
    given = context.params

    async def asked() -> list[str]:
        from modelserver_operator.cli.status.looking import names

        way = (given["kubeconfig"], given["kube_context"], given["namespace"])
        async with asyncio.timeout(COMPLETION_SECONDS), connected(*way) as (cluster, here):
            return await names(cluster, here)

    try:
        return [name for name in asyncio.run(asked()) if name.startswith(begun)]
    except (click.ClickException, TimeoutError):
        return []


@click.command()
@click.argument("name", metavar="[NAME]", required=False, shell_complete=_names)
@live_namespace_option
@click.option("-A", "--all-namespaces", "everywhere", is_flag=True, help="The ModelServers of all namespaces.")
@click.option("-w", "--watch", is_flag=True, help="Show it again when it changes, until Ctrl-C.")
@click.option("-o", "--output", type=click.Choice(["text", "yaml", "json"]), default="text", show_default=True)
@cluster_options
@click.pass_context
def status(
    context: click.Context,
    *,
    name: str | None,
    namespace: str | None,
    everywhere: bool,
    watch: bool,
    output: str,
    kubeconfig: Path | None,
    kube_context: str | None,
) -> None:
    """Say how ModelServers are, and what to do about it.

    Without NAME, all of a namespace are listed, with what their pods do at the moment. The exit status is 1 when one
    of them needs help or the cluster cannot be asked; with --watch it is 0 when you end it.
    """
    if name and everywhere:
        raise click.UsageError("NAME is a ModelServer of one namespace: leave out -A or NAME.")
    from modelserver_operator.cli.status import showing  # its client takes a third of a second to import

    async def done() -> int:
        async with connected(kubeconfig, kube_context, namespace) as (cluster, here):
            asked = showing.Asked(None if everywhere else here, name)
            return await (showing.follow if watch else showing.once)(cluster, asked, output)

    try:
        context.exit(asyncio.run(done()))
    except KeyboardInterrupt:
        context.exit(0 if watch else 130)
