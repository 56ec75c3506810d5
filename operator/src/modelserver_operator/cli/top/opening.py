"""Opens what is looked at: a cluster as kubectl would choose it, or runtimes at their URLs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from modelserver_operator.cli.connection import connected
from modelserver_operator.cli.status.looking import Asked, find
from modelserver_operator.cli.top.at_urls import AtUrls
from modelserver_operator.cli.top.in_cluster import InCluster
from modelserver_operator.cli.top.look import Source


@asynccontextmanager
async def at(urls: Sequence[str]) -> AsyncIterator[Source]:
    """Runtimes, at the URLs of their control ports."""
    async with aiohttp.ClientSession() as http:
        yield AtUrls(http, urls)


@asynccontextmanager
async def in_cluster(
    kubeconfig: Path | None, context: str | None, namespace: str | None, *, everywhere: bool, interval: float
) -> AsyncIterator[Source]:
    """A cluster. Raises ClickException, where it or what is asked for cannot be had."""
    async with connected(kubeconfig, context, namespace) as (cluster, here):
        asked = Asked(None if everywhere else here)
        yield InCluster(cluster, asked, await find(cluster, asked), interval)
