"""A ModelServer by its name: where it answers from here, else the way through the API server."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
import click

from modelserver_operator.api import API_VERSION
from modelserver_operator.cli.connection import Connection
from modelserver_operator.cli.loadtest.wanted.about import not_let_through
from modelserver_operator.cli.loadtest.wanted.way import Way
from modelserver_operator.cluster import MODEL_SERVER, SELF_SUBJECT_ACCESS_REVIEW, SERVICE, NotFound

SECONDS = 3.0  # for an address of the cluster, which answers at once from within it and mostly never from elsewhere
PORT = "http"  # the Service's, for clients


async def way(connection: Connection, name: str) -> Way:
    """Raises ClickException where there is no such ModelServer, or it has no address yet, and ClusterError."""
    namespace = connection.namespace
    url = (await server(connection, name)).get("status", {}).get("url")
    if not url:
        raise click.ClickException(
            f"ModelServer {namespace}/{name} has no address yet: `modelserver status {name} -n {namespace}` says why."
        )
    if await _answers(url):
        return Way(url, model_server=f"{namespace}/{name}")
    await _require_post(connection, name)
    door = await connection.cluster.service_door(namespace, name, PORT)
    return Way(door.url, "ServiceProxy", door.tls, door.headers, f"{namespace}/{name}")


async def _require_post(connection: Connection, name: str) -> None:
    """Raises ClickException where the user may not POST through the API server, as all of a load is; everybody may ask
    it about their own rights. Whether they may GET is seen when the server is asked of itself."""
    namespace = connection.namespace
    attributes = {
        "namespace": namespace,
        "resource": SERVICE.plural,
        "subresource": "proxy",
        "name": f"{name}:{PORT}",
        "verb": "create",
    }
    kind = SELF_SUBJECT_ACCESS_REVIEW
    review = {"apiVersion": kind.api_version, "kind": kind.name, "spec": {"resourceAttributes": attributes}}
    status = (await connection.cluster.create(review)).get("status") or {}
    if not status.get("allowed"):
        words = status.get("reason") or f"you may not create services/proxy of {name} in the namespace {namespace}"
        raise click.ClickException(not_let_through(namespace, name, words))


async def server(connection: Connection, name: str) -> Mapping[str, Any]:
    """The ModelServer. Raises ClickException where there is none, and ClusterError."""
    try:
        found = await connection.cluster.get(MODEL_SERVER, connection.namespace, name)
    except NotFound as error:  # of the kind; the client answers None for an object
        raise click.ClickException(f"This cluster has no ModelServers ({API_VERSION}).") from error
    if found is None:
        raise click.ClickException(f"There is no ModelServer {name} in the namespace {connection.namespace}.")
    return found


def ready_pods(found: Mapping[str, Any]) -> int | None:
    """How many answer; None where the operator has not said."""
    number = found.get("status", {}).get("readyReplicas")
    return number if isinstance(number, int) else None


async def _answers(url: str) -> bool:
    """Whether anybody does, whatever it says."""
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(f"{url}/health"):
            return True
    except (aiohttp.ClientError, OSError, TimeoutError, asyncio.IncompleteReadError):
        return False
