"""Sees every change of a server, its Deployment, its ReplicaSets and its pods, and judges what Ready said by them.

All of them are written into one etcd, whose revisions are one line: what one object was when another was written is
known afterwards.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from types import TracebackType

import httpx
from tests.autoscaling.background import Background
from tests.autoscaling.following import Follower, follow
from tests.controlplane.kube import Kube, Manifest
from tests.controlplane.pools import HASH, serves

KINDS = ("ModelServer", "Deployment", "ReplicaSet", "Pod")


def claims_ready(server: Manifest) -> bool:
    """Whether whoever compares generations, as `kubectl wait` does, takes it for Ready."""
    for each in server.get("status", {}).get("conditions", []):
        if each["type"] == "Ready":
            current: bool = each["observedGeneration"] == server["metadata"]["generation"]
            return current and each["status"] == "True"
    return False


def shortcoming(wanted: int, deployment: Manifest, replica_sets: list[Manifest], pods: list[Manifest]) -> str:
    """What is missing until everybody is new; empty: nothing is."""
    newest = [each["metadata"]["uid"] for each in replica_sets if _template(each) == _template(deployment)]
    if not newest:
        return "no ReplicaSet has the newest template"
    staying = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
    if old := [pod for pod in staying if pod["metadata"]["ownerReferences"][0]["uid"] not in newest]:
        return f"{old[0]['metadata']['name']} is old"
    serving = sum(map(serves, staying))
    return f"{serving} of {wanted} serve" if serving < wanted else ""


def _template(manifest: Manifest) -> Manifest:
    template = manifest["spec"]["template"]
    labels = {name: value for name, value in template["metadata"]["labels"].items() if name != HASH}
    return {**template, "metadata": {**template["metadata"], "labels": labels}}


@dataclass
class History:
    """One object's states, each with the revision at which it began; None: it is gone."""

    revisions: list[int] = field(default_factory=list)
    states: list[Manifest | None] = field(default_factory=list)

    def add(self, revision: int, state: Manifest | None) -> None:
        self.revisions.append(revision)
        self.states.append(state)

    def at(self, revision: int) -> Manifest | None:
        """What it was then."""
        place = bisect_right(self.revisions, revision)
        return self.states[place - 1] if place else None

    def since(self, revision: int) -> int:
        """When what it was then began; 0: it was not there yet."""
        place = bisect_right(self.revisions, revision)
        return self.revisions[place - 1] if place else 0


class Witness:
    """Of one server, from the block's begin to its end."""

    def __init__(self, kube: Kube, background: Background, namespace: str, name: str) -> None:
        self._follower = Follower(kube, background)
        self._namespace, self._name = namespace, name
        self._seen: dict[str, dict[str, History]] = {kind: {} for kind in KINDS}
        self._foreign: list[int] = []

    def __enter__(self) -> "Witness":
        self._follower.begin(*(partial(self._follow, kind) for kind in KINDS))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._follower.end()

    def knows(self, manifest: Manifest) -> bool:
        """Whether it has seen this state of the object, or a later one."""
        history = self._seen[manifest["kind"]].get(manifest["metadata"]["uid"], History())
        return bool(history.revisions) and history.revisions[-1] >= _revision(manifest)

    def foreign(self, deployment: Manifest) -> None:
        """Somebody else than the operator has just made this of the Deployment, of which no operator knows at once."""
        self._foreign.append(_revision(deployment))

    def unset_since(self) -> bool:
        """Whether Ready was ever false since somebody else's last change."""
        histories = self._seen["ModelServer"].values()
        told = [each for history in histories for each in zip(history.revisions, history.states, strict=True)]
        return any(revision > self._foreign[-1] and state and not claims_ready(state) for revision, state in told)

    def ready_generations(self) -> set[int]:
        """Those for which it was ever told."""
        states = [state for history in self._seen["ModelServer"].values() for state in history.states if state]
        return {state["metadata"]["generation"] for state in states if claims_ready(state)}

    def rolls(self) -> list[int]:
        """The moments at which its Deployment began to ask for other pods."""
        (history,) = self._seen["Deployment"].values()
        states = [
            (each, _template(state)) for each, state in zip(history.revisions, history.states, strict=True) if state
        ]
        return [moment for (_, before), (moment, after) in pairwise(states) if after != before]

    def missing(self, moment: int) -> str:
        """What was missing then until all its pods were as its Deployment asked; empty: nothing was."""
        (history,) = self._seen["ModelServer"].values()
        server = history.at(moment)
        return self._missing(server, moment) if server else "there is no ModelServer"

    def lies(self) -> list[str]:
        """Each moment at which Ready was told while something was missing."""
        histories = [history for kind in KINDS for history in self._seen[kind].values()]
        moments = sorted({revision for history in histories for revision in history.revisions})
        return [lie for moment in moments if (lie := self._lie(moment))]

    def _lie(self, moment: int) -> str:
        (history,) = self._seen["ModelServer"].values()
        server, told = history.at(moment), history.since(moment)
        unknown = any(told < each <= moment for each in self._foreign)
        if server is None or not claims_ready(server) or unknown:
            return ""
        missing = self._missing(server, moment)
        return f"at {moment}, told at {told}: {missing}: {server['status']}" if missing else ""

    def _missing(self, server: Manifest, moment: int) -> str:
        spec = server["spec"]
        wanted = spec["autoscaling"]["minReplicas"] if "autoscaling" in spec else spec.get("replicas", 1)
        deployments = self._at("Deployment", moment)
        if not deployments:
            return "there is no Deployment"
        return shortcoming(wanted, deployments[0], self._at("ReplicaSet", moment), self._at("Pod", moment))

    def _at(self, kind: str, revision: int) -> list[Manifest]:
        states = [history.at(revision) for history in self._seen[kind].values()]
        return [state for state in states if state is not None]

    async def _follow(self, kind: str, http: httpx.AsyncClient) -> None:
        own = {"ModelServer": {"fieldSelector": f"metadata.name={self._name}"}}
        selectors = own.get(kind, {"labelSelector": f"app.kubernetes.io/instance={self._name}"})
        async for change in follow(http, kind, self._namespace, **selectors):
            uid, revision = change.manifest["metadata"]["uid"], _revision(change.manifest)
            state = None if change.kind == "DELETED" else change.manifest
            self._seen[kind].setdefault(uid, History()).add(revision, state)


def _revision(manifest: Manifest) -> int:
    return int(manifest["metadata"]["resourceVersion"])
