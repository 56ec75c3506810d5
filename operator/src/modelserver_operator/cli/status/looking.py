"""What is asked for, looked up in a cluster: ModelServers, their pods, their Events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from typing import TypeVar

import click

from modelserver_operator.api import API_VERSION
from modelserver_operator.cli.connection import failed
from modelserver_operator.cli.pods import server_of
from modelserver_operator.cli.status.numbers import Numbers, Pod
from modelserver_operator.cli.status.readiness import Readiness, readiness
from modelserver_operator.cli.status.view import View, happened
from modelserver_operator.cluster import EVENT, MODEL_SERVER, POD, Cluster, Kind, Manifest, NotFound, Rejected
from modelserver_operator.resolve import identity
from modelserver_operator.status import is_made

P = TypeVar("P")
Key = tuple[str, str]  # namespace and name of a ModelServer

SERVED = ",".join(f"{key}={value}" for key, value in identity.SERVED.items())


@dataclass(frozen=True)
class Asked:
    """One ModelServer by name, or all of a namespace; namespace None: of all of them."""

    namespace: str | None
    name: str | None = None

    def selectors(self, kind: Kind) -> dict[str, str]:
        """By which labels and fields the objects of a kind are found that are asked for."""
        if kind is POD:
            return {"labels": f"{SERVED},{identity.INSTANCE}={self.name}" if self.name else SERVED}
        if kind is EVENT:
            return {"fields": f"regarding.kind={MODEL_SERVER.name},regarding.name={self.name}"}
        return {"fields": f"metadata.name={self.name}"} if self.name else {}

    @property
    def besides(self) -> tuple[Kind, ...]:
        """What is looked at beside the ModelServers, where the user may."""
        return (POD, EVENT) if self.name else (POD,)


Found = Mapping[Kind, Sequence[Manifest]]


async def find(cluster: Cluster, asked: Asked) -> Found:
    """Everything, once; what the user may not see is noted on standard error, and is not in the answer.

    Raises ClickException where there is no such ModelServer, or no such kind, and ClusterError.
    """
    found: dict[Kind, Sequence[Manifest]] = {MODEL_SERVER: await _servers(cluster, asked)}
    for kind in asked.besides:
        try:
            found[kind] = await cluster.list_all(kind, asked.namespace, **asked.selectors(kind))
        except Rejected as error:
            click.echo(f"note: {kind.plural} are not shown. {failed(error)}", err=True)
    return found


async def _servers(cluster: Cluster, asked: Asked) -> list[Manifest]:
    try:
        found = await cluster.list_all(MODEL_SERVER, asked.namespace, **asked.selectors(MODEL_SERVER))
    except NotFound as error:
        text = f"This cluster has no ModelServers ({API_VERSION}): install the chart in it, or choose another cluster."
        raise click.ClickException(text) from error
    if asked.name and not found:
        raise click.ClickException(f"There is no ModelServer {asked.name} in the namespace {asked.namespace}.")
    return found


async def names(cluster: Cluster, namespace: str) -> list[str]:
    """The names of a namespace's ModelServers. Raises ClusterError."""
    return [each["metadata"]["name"] for each in await cluster.list_all(MODEL_SERVER, namespace)]


async def look(cluster: Cluster, asked: Asked) -> list[View]:
    """Once. Raises as find does."""
    found = await find(cluster, asked)
    return views(found, await Numbers(cluster).of(found.get(POD, ())))


def views(found: Found, pods: Iterable[Pod]) -> list[View]:
    """The ModelServers by namespace and name, with what their pods said."""
    said, real = _by_server(pods, lambda pod: pod.server), _readiness(found)
    now, events = datetime.now(UTC), sorted(found.get(EVENT, ()), key=_time)
    keys = [(each["metadata"]["namespace"], each["metadata"]["name"]) for each in found[MODEL_SERVER]]
    made = zip(keys, found[MODEL_SERVER], strict=True)
    return [View(server, now, said.get(key, ()), events, real(key)) for key, server in sorted(made, key=itemgetter(0))]


def _readiness(found: Found) -> Callable[[Key], Readiness | None]:
    """Of the pods that a server's Deployment counts, where the user may see them."""
    if POD not in found:
        return lambda _: None
    pods = _by_server(filter(is_made, found[POD]), server_of)
    return lambda key: readiness(pods.get(key, ()))


def _by_server(pods: Iterable[P], server: Callable[[P], Key]) -> Mapping[Key, Sequence[P]]:
    made: dict[Key, list[P]] = {}
    for pod in pods:
        made.setdefault(server(pod), []).append(pod)
    return made


def _time(event: Manifest) -> datetime:
    return datetime.fromisoformat(happened(event))
