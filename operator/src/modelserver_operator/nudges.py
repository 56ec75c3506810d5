"""Tells kubelets that a ConfigMap has changed: they would look by themselves, but only about every 90 seconds.

A kubelet syncs a pod, its volumes included, when the pod changes. An annotation is a change that no container sees; it
is the one thing that is written to pods, and only to those that have not taken over what their ConfigMap holds.
"""

import asyncio
import hashlib
import logging
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from modelserver_operator.children import Family, live_config_of
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
from modelserver_operator.status import Steering, Steers, answering
from modelserver_operator.wish import MANAGER

K = TypeVar("K", bound=Hashable)

SHOWN = 12  # of the 64 digits; enough to tell one text from the next
AT_ONCE = 64  # a thousand pods are told in a few minutes, though a webhook takes its longest for each

log = logging.getLogger(__name__)


@dataclass
class Nudges(Generic[K]):
    """Annotates pods once for each change, whatever others make of the annotation: it is not worth a contest."""

    cluster: Cluster
    _tried: dict[K, dict[str, str]] = field(default_factory=dict)  # by uid, what was wanted

    async def nudge(self, key: K, family: Family, steering: Steering) -> None:
        """Annotate each ready pod whose ConfigMap holds what is wanted and that says it has something else in force.

        A refusal is logged and no more: the kubelet looks all the same, later. Raises what is to be tried again.
        """
        pods = {pod["metadata"]["uid"]: pod for pod in answering(family.pods())}
        tried = {uid: wanted for uid, wanted in self._tried.get(key, {}).items() if uid in pods}
        self._tried[key] = tried
        late = [pod for uid, pod in pods.items() if tried.get(uid) != steering.wanted]
        late = [pod for pod in late if _is_late(pod, steering) and _could_have_it(pod, family, steering)]
        for first in range(0, len(late), AT_ONCE):
            some = late[first : first + AT_ONCE]
            failures = await asyncio.gather(*(self._tell(pod, steering, tried) for pod in some))
            for failure in filter(None, failures):
                raise failure

    def forget(self, key: K) -> None:
        """The server is gone."""
        self._tried.pop(key, None)

    async def _tell(self, pod: Manifest, steering: Steering, tried: dict[str, str]) -> ClusterError | None:
        """A failure that is to be tried again."""
        uid = pod["metadata"]["uid"]
        try:
            await self.cluster.apply(_annotated(pod, steering), manager=MANAGER, precondition=uid_is(uid))
        except (Conflict, NotFound):
            pass  # the pod has ended meanwhile
        except Rejected as error:
            log.warning("%s: its kubelet cannot be told of a change: %s", pod["metadata"]["name"], error)
        except ClusterError as error:
            return error
        tried[uid] = steering.wanted
        return None


def _is_late(pod: Manifest, steering: Steering) -> bool:
    """Whether it says that it steers otherwise and has not refused; and an operator before this one has not told it."""
    said = steering.answers.get(pod["metadata"]["uid"])
    if not isinstance(said, Steers) or steering.wanted in (said.live, said.refused and said.refused.live):
        return False
    return (pod["metadata"].get("annotations") or {}).get(identity.LIVE) != steering.wanted[:SHOWN]


def _could_have_it(pod: Manifest, family: Family, steering: Steering) -> bool:
    name = live_config_of(pod["spec"])
    config = family.find({"kind": CONFIG_MAP.name, "metadata": {"name": name}})
    text = (config or {}).get("data", {}).get("live.yaml", "")
    return hashlib.sha256(text.encode()).hexdigest() == steering.wanted


def _annotated(pod: Manifest, steering: Steering) -> Manifest:
    metadata = {name: pod["metadata"][name] for name in ("name", "namespace")}
    annotations = {identity.LIVE: steering.wanted[:SHOWN]}
    return {"apiVersion": POD.api_version, "kind": POD.name, "metadata": metadata | {"annotations": annotations}}
