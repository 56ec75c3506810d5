"""What pods are doing at this moment, asked through the API server under the user's own rights."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from modelserver_operator.cluster import Cluster, ClusterError, Manifest
from modelserver_operator.resolve import identity
from modelserver_operator.status.answers import asked

SECONDS = 2.0  # for one answer, as the operator gives them
AT_ONCE = 16  # the login's connections
PART = {"part": "requests"}  # all of /stats that is needed

FORBIDDEN = "asking pods takes the right to get pods/proxy, which the role edit has"


@dataclass(frozen=True)
class Pod:
    """A pod, what it does, and how many requests it has; None where that is not known, and `why` says why.

    Where they are known, `why` is what the pod itself says of its state.
    """

    server: tuple[str, str]
    name: str
    ready: bool
    state: str = ""
    running: int | None = None
    waiting: int | None = None
    why: str = ""


class Numbers:
    """Asks pods; a namespace where that is forbidden is not asked again."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._forbidden: set[str] = set()
        self._places = asyncio.Semaphore(AT_ONCE)

    async def of(self, pods: Iterable[Manifest]) -> list[Pod]:
        """What these pods say, in their order; those that have ended are left out."""
        alive = [pod for pod in pods if pod.get("status", {}).get("phase") not in ("Failed", "Succeeded")]
        return list(await asyncio.gather(*map(self._ask, alive)))

    async def _ask(self, pod: Manifest) -> Pod:
        namespace, port = pod["metadata"]["namespace"], asked(pod).address.rpartition(":")[2]
        if not port:
            return _pod(pod, why="it has no address yet")
        async with self._places:
            if namespace in self._forbidden:
                return _pod(pod, why=FORBIDDEN)
            try:
                async with asyncio.timeout(SECONDS):
                    return heard(pod, await self._cluster.ask_pod(pod, int(port), "stats", PART))
            except TimeoutError:
                return _pod(pod, why=f"it does not answer within {SECONDS:g} s")
            except ClusterError as error:
                if error.status != 403:
                    return _pod(pod, why="it does not answer")
                self._forbidden.add(namespace)
                return _pod(pod, why=FORBIDDEN)


def _pod(pod: Manifest, state: str = "", running: int | None = None, waiting: int | None = None, why: str = "") -> Pod:
    metadata, conditions = pod["metadata"], pod.get("status", {}).get("conditions", ())
    ready = any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
    server = metadata["namespace"], str(metadata.get("labels", {}).get(identity.INSTANCE, ""))
    ending = "ending" if "deletionTimestamp" in metadata else ""
    return Pod(server, metadata["name"], ready, state or ending, running, waiting, why)


def heard(pod: Manifest, stats: Mapping[str, Any]) -> Pod:
    """What a pod has said. It can say anything: what is not as it should be is not known."""
    download, requests = stats.get("download"), stats.get("requests")
    if isinstance(download, Mapping):
        return _pod(pod, f"downloading{_share(download.get('bytes'), download.get('total_bytes'))}")
    if not isinstance(requests, Mapping):
        return _pod(pod, why="its runtime does not say how many requests it has")
    running, waiting = (_number(requests.get(name)) for name in ("running", "waiting"))
    return _pod(pod, _text(stats.get("state"))[:40], running, waiting, _text(stats.get("why")))


def _share(there: Any, whole: Any) -> str:
    done, of = _number(there), _number(whole)
    return f" {100 * done // of} %" if done is not None and of else ""


def _text(told: Any) -> str:
    return told if isinstance(told, str) else ""


def _number(told: Any) -> int | None:
    return told if isinstance(told, int) and not isinstance(told, bool) and told >= 0 else None


def total(pods: Iterable[Pod], what: str) -> int | None:
    """The sum of `running` or `waiting` over the pods that tell it; None where none does."""
    numbers = [number for pod in pods if (number := getattr(pod, what)) is not None]
    return sum(numbers) if numbers else None


def notes(pods: Iterable[Pod]) -> list[str]:
    """What is to be said of ready pods that give no numbers."""
    silent = [pod for pod in pods if pod.ready and pod.running is None]
    forbidden = [pod for pod in silent if pod.why == FORBIDDEN]
    mute = [pod for pod in silent if pod not in forbidden]
    found = [f"RUNNING and WAITING are not known: {FORBIDDEN}."] if forbidden else []
    if mute:
        others = f" and {len(mute) - 1} more" if len(mute) > 1 else ""
        do = "does" if len(mute) == 1 else "do"
        found.append(f"Pod {mute[0].name}{others} {do} not tell RUNNING and WAITING: {mute[0].why}.")
    return found
