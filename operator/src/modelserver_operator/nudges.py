"""Tells kubelets that a ConfigMap has changed: they would look by themselves, but only about every 90 seconds.

A kubelet syncs a pod, its volumes included, when the pod changes. An annotation is a change that no container sees; it
is the one thing that is written to pods, and only to those that have not taken over what their ConfigMap holds. If it
comes before the kubelet has heard of the ConfigMap, it is in vain: a pod that still says so is told again.
"""

import asyncio
import hashlib
import logging
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Generic, TypeVar

from modelserver_operator.children import Family
from modelserver_operator.cluster import (
    CONFIG_MAP,
    POD,
    Cluster,
    ClusterError,
    Conflict,
    Manifest,
    NotFound,
    Rejected,
    uid_is,
)
from modelserver_operator.resolve import identity
from modelserver_operator.status import Steering, Steers, answering, live_config_of
from modelserver_operator.wish import MANAGER
from modelserver_operator.workqueue import Time

K = TypeVar("K", bound=Hashable)

SHOWN = 12  # of the 64 digits; enough to tell one text from the next
PAUSES = (2.0, 4.0, 8.0, 16.0, 32.0)  # seconds until a pod is told again; then its kubelet has looked by itself
AT_ONCE = 64  # a thousand pods are told in a few minutes, though a webhook takes its longest for each

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Told:
    """How often a pod was told of what is wanted, and when next, if it has not taken it over by then."""

    wanted: str
    times: int
    next: float


@dataclass
class Nudges(Generic[K]):
    """Annotates pods a few times for each change, whatever others make of the annotation: it is not worth a contest."""

    cluster: Cluster
    time: Time = field(default_factory=Time)
    _told: dict[K, dict[str, _Told]] = field(default_factory=dict)  # by uid

    async def nudge(self, key: K, family: Family, steering: Steering) -> float | None:
        """Annotate each ready pod whose ConfigMap holds what is wanted and that says it has something else in force.

        A refusal is logged and no more: the kubelet looks all the same, later. Returns after how many seconds some are
        to be told again; None: none is. Raises what is to be tried again.
        """
        pods = {pod["metadata"]["uid"]: pod for pod in answering(family.pods())}
        before = self._told.get(key, {}).items()
        told = self._told[key] = {uid: each for uid, each in before if uid in pods and each.wanted == steering.wanted}
        late = {uid: pod for uid, pod in pods.items() if _is_late(pod, steering, family)}
        for uid, pod in late.items():
            if uid not in told and (times := _times_told(pod, steering)):
                told[uid] = self._after(steering, times)  # by an operator before this one
        now = self.time.now()
        await self._tell_all(
            [pod for uid, pod in late.items() if uid not in told or told[uid].next <= now], steering, told
        )
        again = min((told[uid].next for uid in late if uid in told), default=inf)
        return None if again == inf else max(0.0, again - self.time.now())

    def forget(self, key: K) -> None:
        """The server is gone."""
        self._told.pop(key, None)

    async def _tell_all(self, pods: Sequence[Manifest], steering: Steering, told: dict[str, _Told]) -> None:
        """One refusal is like the next."""
        refused: list[tuple[str, Rejected]] = []
        for first in range(0, len(pods), AT_ONCE):
            some = pods[first : first + AT_ONCE]
            errors = await asyncio.gather(*(self._tell(pod, steering, told) for pod in some))
            refused += [
                (pod["metadata"]["name"], error)
                for pod, error in zip(some, errors, strict=True)
                if isinstance(error, Rejected)
            ]
            for failure in errors:
                if failure and not isinstance(failure, Rejected):
                    raise failure
        if refused:
            (name, why), others = refused[0], len(refused) - 1
            more = f", nor those of {others} other pods" if others else ""
            log.warning("%s: its kubelet cannot be told of a change%s: %s", name, more, why)

    async def _tell(self, pod: Manifest, steering: Steering, told: dict[str, _Told]) -> ClusterError | None:
        """A failure that is to be tried again, or a refusal, which would be one the next time."""
        uid = pod["metadata"]["uid"]
        times = told[uid].times + 1 if uid in told else 1
        try:
            await self.cluster.apply(_annotated(pod, steering, times), manager=MANAGER, precondition=uid_is(uid))
        except (Conflict, NotFound):
            pass  # the pod has ended meanwhile
        except Rejected as error:
            told[uid] = _Told(steering.wanted, times, inf)
            return error
        except ClusterError as error:
            return error
        told[uid] = self._after(steering, times)
        return None

    def _after(self, steering: Steering, times: int) -> _Told:
        pause = PAUSES[times - 1] if times <= len(PAUSES) else inf
        return _Told(steering.wanted, times, self.time.now() + pause)


def _is_late(pod: Manifest, steering: Steering, family: Family) -> bool:
    """Whether it says that it steers otherwise and has not refused, though its ConfigMap holds what is wanted."""
    said = steering.answers.get(pod["metadata"]["uid"])
    if not isinstance(said, Steers) or steering.wanted in (said.live, said.refused and said.refused.live):
        return False
    config = family.find({"kind": CONFIG_MAP.name, "metadata": {"name": live_config_of(pod["spec"])}})
    text = (config or {}).get("data", {}).get("live.yaml", "")
    return hashlib.sha256(text.encode()).hexdigest() == steering.wanted


def _times_told(pod: Manifest, steering: Steering) -> int:
    """By what stands in the pod."""
    text = str((pod["metadata"].get("annotations") or {}).get(identity.LIVE, ""))
    digest, _, times = text.partition("-")
    if digest != steering.wanted[:SHOWN]:
        return 0
    return int(times) if times.isdecimal() else 1


def _annotated(pod: Manifest, steering: Steering, times: int) -> Manifest:
    """The number makes the same change another one to the kubelet."""
    metadata = {name: pod["metadata"][name] for name in ("name", "namespace")}
    text = steering.wanted[:SHOWN] + (f"-{times}" if times > 1 else "")
    annotations = {"annotations": {identity.LIVE: text}}
    return {"apiVersion": POD.api_version, "kind": POD.name, "metadata": metadata | annotations}
