"""Looks at the ModelServers of a cluster and their pods, by way of the API server alone and under the user's rights."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence

from modelserver_operator.cli.connection import failed
from modelserver_operator.cli.pods import FORBIDDEN, Pods, Silent, alive, server_of
from modelserver_operator.cli.status.following import first_end, mirror
from modelserver_operator.cli.status.looking import Asked, Found, views
from modelserver_operator.cli.status.numbers import Pod as Said
from modelserver_operator.cli.top.look import Look, Pod, PodKey, Server
from modelserver_operator.cli.top.scrape import QUERY, Scrape, UnreadableError, parsed
from modelserver_operator.cluster import POD, Cluster, ClusterError, Manifest
from modelserver_operator.resolve.identity import ANSWER_SECONDS
from modelserver_operator.status import is_ready

Answer = Scrape | Silent


class InCluster:
    """A Source. first: ModelServers and pods as they were found; of kinds that are not in it nothing is shown."""

    def __init__(self, cluster: Cluster, asked: Asked, first: Found, interval: float) -> None:
        self._cluster, self._first = cluster, first
        self._mirrors = {kind: mirror(cluster, kind, asked, lambda: None) for kind in first}
        self._pods = Pods(cluster)
        self._within = max(interval, 2 * ANSWER_SECONDS)
        self._silent: dict[PodKey, None] = {}  # those that did not answer last, the longest ago first
        self.where = f"namespace {asked.namespace}" if asked.namespace else "all namespaces"

    async def look(self) -> Look:
        """Ask all pods; those that did not answer last come last, so that no other waits for them."""
        found = self._found()
        manifests = sorted(alive(found.get(POD, ())), key=self._turn)
        away = asyncio.create_task(self._away())
        answers = await self._pods.asked(manifests, _metrics, self._within)
        pods = [_pod(manifest, answer) for manifest, answer in zip(manifests, answers, strict=True)]
        self._remember(pods)
        servers = map(Server.of, views(found, map(_said, pods)))
        return Look({server.key: server for server in servers}, pods, [*await away, *notes(pods)])

    async def follow(self) -> None:
        """Watch the objects."""
        await first_end(*(each.run() for each in self._mirrors.values()))

    def _found(self) -> Found:
        mirrors = self._mirrors.items()
        return {kind: list(each.objects.values()) if each.synced else self._first[kind] for kind, each in mirrors}

    def _turn(self, manifest: Manifest) -> int:
        return list(self._silent).index(_key(manifest)) + 1 if _key(manifest) in self._silent else 0

    def _remember(self, pods: Iterable[Pod]) -> None:
        for pod in pods:
            self._silent.pop(pod.key, None)
            if pod.scrape is None:
                self._silent[pod.key] = None

    async def _away(self) -> Sequence[str]:
        """A sentence, where the API server does not answer: what is shown is then as old as its last word."""
        try:
            await self._cluster.version()
        except ClusterError as error:
            return [f"What is shown may be old. {failed(error)}"]
        return []


async def _metrics(cluster: Cluster, pod: Manifest, port: int) -> Answer:
    try:
        return parsed(await cluster.read_pod(pod, port, "metrics", QUERY))
    except UnreadableError as error:
        return Silent(str(error))


def _key(manifest: Manifest) -> PodKey:
    metadata = manifest["metadata"]
    return metadata["namespace"], metadata["name"], metadata["uid"]


def _pod(manifest: Manifest, answer: Answer) -> Pod:
    common = (_key(manifest), server_of(manifest), is_ready(manifest), time.monotonic())
    return Pod(*common, why=answer.why) if isinstance(answer, Silent) else Pod(*common, scrape=answer)


def _said(pod: Pod) -> Said:
    """As `modelserver status` has it."""
    if pod.scrape is None:
        return Said(pod.server, pod.name, pod.ready, why=pod.why)
    return Said(pod.server, pod.name, pod.ready, pod.scrape.state, pod.scrape.running, pod.scrape.waiting)


def notes(pods: Sequence[Pod]) -> list[str]:
    """What is to be said of ready pods that give no figures."""
    mute = [pod for pod in pods if pod.ready and pod.scrape is None]
    forbidden = sorted({pod.server[0] for pod in mute if pod.why == FORBIDDEN})
    others = [pod for pod in mute if pod.why != FORBIDDEN]
    found = [f"There are no figures of {', '.join(forbidden)}: {FORBIDDEN}."] if forbidden else []
    if others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        found.append(f"No figures come from pod {others[0].name}{more}: {others[0].why}.")
    return found
