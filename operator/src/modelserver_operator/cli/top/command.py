"""`modelserver top`: its options, and where it looks."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import click

from modelserver_operator.cli.connection import CLUSTER_OPTIONS, cluster_options, live_namespace_option
from modelserver_operator.cli.idle import refuse_idle

SORTS = (
    *("namespace", "name", "state", "replicas", "running", "waiting", "tokens", "requests"),
    *("ttft50", "ttft95", "e2e50", "e2e95", "refused", "errors", "emotions", "model", "condition"),
)


def _urls(_: click.Context, __: click.Parameter, urls: Sequence[str]) -> Sequence[str]:
    for url in urls:
        if not url.startswith(("http://", "https://")):
            raise click.BadParameter(
                f"{url} is no URL, such as http://127.0.0.1:9000. To see one ModelServer of a cluster: --filter {url}."
            )
        if not _has_place(url):
            raise click.BadParameter(f"{url} has no host, or no port; it looks like http://127.0.0.1:9000.")
    return tuple(dict.fromkeys(url.rstrip("/") for url in urls))  # who is named twice is one server


def _has_place(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # also of a port that there cannot be
        return False


@click.command()
@click.argument("urls", metavar="[URL]...", nargs=-1, callback=_urls)
@live_namespace_option
@click.option("-A", "--all-namespaces", "everywhere", is_flag=True, help="The ModelServers of all namespaces.")
@click.option("--sort", type=click.Choice(SORTS), default="name", show_default=True, help="Numbers: the highest first.")
@click.option("--reverse", is_flag=True, help="The other way round.")
@click.option("--filter", "words", metavar="WORDS", default="", help="Words of a name, namespace, model or state.")
@click.option(
    "--interval",
    type=click.FloatRange(0.5, 3600),
    metavar="SECONDS",
    default=2.0,
    show_default=True,
    help="Between two looks, 0.5 at the least.",
)
@click.option("--once", is_flag=True, help="Print it once, after two looks: what comes between them gives the rates.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "yaml", "json"]),
    default="text",
    show_default=True,
    help="Of --once.",
)
@cluster_options
@click.pass_context
def top(
    context: click.Context,
    *,
    urls: Sequence[str],
    namespace: str | None,
    everywhere: bool,
    sort: str,
    reverse: bool,
    words: str,
    interval: float,
    once: bool,
    output: str,
    kubeconfig: Path | None,
    kube_context: str | None,
) -> None:
    """Show what ModelServers do at this moment: requests, tokens, latencies, refusals, emotions.

    In a cluster it asks their pods through the API server, with the rights to see ModelServers and pods and to get
    pods/proxy. With URLs of control ports, such as http://127.0.0.1:9000 of `modelserver run`, it needs no cluster.
    The exit status of --once is 1 when a server needs help; without, it is 0 when you end it.
    """
    _check(once, output)
    if urls:
        refuse_idle(context, (*CLUSTER_OPTIONS, "everywhere"), "the ModelServers of a cluster, not with URLs")
    from modelserver_operator.cli.top import opening, showing  # what they need takes half a second to import
    from modelserver_operator.cli.top.choosing import Choice

    wanted = showing.Wanted(interval, Choice(sort, reverse, words), everywhere, output)

    async def done() -> int:
        chosen = (kubeconfig, kube_context, namespace)
        cluster = opening.in_cluster(*chosen, everywhere=everywhere, interval=interval)
        async with opening.at(urls) if urls else cluster as source:
            return await (showing.once if once else showing.watch)(source, wanted)

    try:
        context.exit(asyncio.run(done()))
    except KeyboardInterrupt:
        context.exit(130 if once else 0)


def _check(once: bool, output: str) -> None:
    if once:
        return
    if output != "text":
        raise click.UsageError(f"-o {output} is of --once: a view that goes on has no end to print it at.")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("There is no terminal to draw in: say --once, with -o json for a script.")
