"""Asking pods through the API server under the user's own rights, and a reason for each that has nothing to say."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from modelserver_operator.cluster import Cluster, ClusterError, Manifest
from modelserver_operator.resolve import identity
from modelserver_operator.resolve.identity import ANSWER_SECONDS
from modelserver_operator.status import asked

T = TypeVar("T")

AT_ONCE = 16  # the login's connections
AGAIN_SECONDS = 10.0  # after which somebody is asked again in a namespace where that was forbidden
FORBIDDEN = "asking pods takes the right to get pods/proxy, which the role edit has"

Ask = Callable[[Cluster, Manifest, int], Awaitable[T]]  # a pod, at its control port; it may raise ClusterError


@dataclass(frozen=True)
class Silent:
    """A pod that does not say what it was asked; `why` goes on a sentence that names the pod."""

    why: str


class Pods:
    """Asks pods. Where that is forbidden, one of a namespace is asked now and then: rights come, and an API server that
    has just started knows of none."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._forbidden: dict[str, float] = {}  # namespaces, and until when nobody is asked there
        self._places = asyncio.Semaphore(AT_ONCE)

    async def asked(self, pods: Iterable[Manifest], ask: Ask[T], within: float | None = None) -> list[T | Silent]:
        """What each answers, in their order. within: seconds, after which those that are still in line are left out."""
        latest = asyncio.get_running_loop().time() + within if within else None
        return list(await asyncio.gather(*(self._in_turn(pod, ask, latest) for pod in pods)))

    async def _in_turn(self, pod: Manifest, ask: Ask[T], latest: float | None) -> T | Silent:
        port = asked(pod).address.rpartition(":")[2]
        if not port:
            return Silent("it has no address yet")
        try:
            async with asyncio.timeout_at(latest), self._places:
                return await self._asked(pod, int(port), ask)
        except TimeoutError:
            return Silent("it was not asked: others took too long to answer")

    async def _asked(self, pod: Manifest, port: int, ask: Ask[T]) -> T | Silent:
        namespace, now = pod["metadata"]["namespace"], asyncio.get_running_loop().time()
        if now < self._forbidden.get(namespace, now):
            return Silent(FORBIDDEN)
        if namespace in self._forbidden:
            self._forbidden[namespace] = now + AGAIN_SECONDS  # the others wait for this one's answer
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await ask(self._cluster, pod, port)
        except TimeoutError:
            return Silent(f"it does not answer within {ANSWER_SECONDS:g} s")
        except ClusterError as error:
            if error.status != 403:
                return Silent("it does not answer")
            self._forbidden[namespace] = now + AGAIN_SECONDS
            return Silent(FORBIDDEN)
        self._forbidden.pop(namespace, None)
        return answer


def alive(pods: Iterable[Manifest]) -> list[Manifest]:
    """Those that have not ended."""
    return [pod for pod in pods if pod.get("status", {}).get("phase") not in ("Failed", "Succeeded")]


def server_of(pod: Manifest) -> tuple[str, str]:
    """Namespace and name of its ModelServer."""
    metadata = pod["metadata"]
    return metadata["namespace"], str(metadata.get("labels", {}).get(identity.INSTANCE, ""))
