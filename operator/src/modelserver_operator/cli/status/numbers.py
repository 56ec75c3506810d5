"""What pods are doing at this moment, asked through the API server under the user's own rights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from modelserver_operator.cli.pods import FORBIDDEN, Pods, Silent, alive, server_of
from modelserver_operator.cluster import Cluster, Manifest
from modelserver_operator.status import is_ready

PART = {"part": "requests"}  # all of /stats that is needed


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
    """Asks pods."""

    def __init__(self, cluster: Cluster) -> None:
        self._pods = Pods(cluster)

    async def of(self, pods: Iterable[Manifest]) -> list[Pod]:
        """What these pods say, in their order; those that have ended are left out."""
        asked = alive(pods)
        answers = await self._pods.asked(asked, _stats)
        return [_understood(pod, answer) for pod, answer in zip(asked, answers, strict=True)]


async def _stats(cluster: Cluster, pod: Manifest, port: int) -> Manifest:
    return await cluster.ask_pod(pod, port, "stats", PART)


def _understood(pod: Manifest, answer: Manifest | Silent) -> Pod:
    return _pod(pod, why=answer.why) if isinstance(answer, Silent) else heard(pod, answer)


def _pod(pod: Manifest, state: str = "", running: int | None = None, waiting: int | None = None, why: str = "") -> Pod:
    metadata = pod["metadata"]
    ending = "ending" if "deletionTimestamp" in metadata else ""
    return Pod(server_of(pod), metadata["name"], is_ready(pod), state or ending, running, waiting, why)


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
