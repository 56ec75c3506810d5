"""How many pods a Deployment has, and of which template: its own counts, or what its ReplicaSets say meanwhile.

A Deployment's generation also counts its annotations and the number of its pods. Until its controller has looked again,
which takes a moment, its counts are of the former generation, and may be of another template.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modelserver_operator.status.pods import POD_TEMPLATE_HASH, Seen

REVISION = "deployment.kubernetes.io/revision"


@dataclass(frozen=True)
class Counts:
    """Of the pods that nobody has deleted. updated: those of the newest template. available: of any."""

    replicas: int = 0
    updated: int = 0
    available: int = 0

    @property
    def only_new(self) -> bool:
        """Whether no pod is of an older template."""
        return self.replicas == self.updated


def counts(deployment: Seen | None, replica_sets: Sequence[Seen]) -> Counts:
    """Where nobody can tell how many pods are of the newest template, there are none of it."""
    if deployment is None:
        return Counts()
    status: Seen = deployment.get("status", {})
    if _is_looked_at(deployment):
        return Counts(_of(status, "replicas"), _of(status, "updatedReplicas"), _of(status, "availableReplicas"))
    newest = [each for each in replica_sets if makes_pods_of(each, deployment)]
    if not newest or not all(_is_looked_at(each) for each in replica_sets):
        return Counts(_of(status, "replicas"), 0, _of(status, "availableReplicas"))
    return Counts(_sum(replica_sets, "replicas"), _sum(newest, "replicas"), _sum(replica_sets, "availableReplicas"))


def revision(seen: Seen) -> str:
    """Which of a Deployment's templates this is; empty where its controller has not said it."""
    return str((seen.get("metadata", {}).get("annotations") or {}).get(REVISION, ""))


def makes_pods_of(replica_set: Seen, deployment: Seen) -> bool:
    """Whether it makes the pods that the Deployment asks for now, as the controller itself compares them."""
    return revision(replica_set) == revision(deployment) and has_template_of(replica_set, deployment)


def has_template_of(replica_set: Seen, deployment: Seen) -> bool:
    """Whether its pods are those that the Deployment asks for, though it may be one of former times."""
    wanted, made = (each.get("spec", {}).get("template") for each in (deployment, replica_set))
    return wanted is not None and made is not None and bool(_unhashed(made) == _unhashed(wanted))


def _is_looked_at(seen: Seen) -> bool:
    """Whether its controller has done so since it was changed."""
    looked = seen.get("status", {}).get("observedGeneration", 0)
    return bool(looked >= seen["metadata"].get("generation", 0))


def _unhashed(template: Seen) -> Seen:
    metadata: Seen = template.get("metadata") or {}
    labels = {name: value for name, value in (metadata.get("labels") or {}).items() if name != POD_TEMPLATE_HASH}
    return {**template, "metadata": {**metadata, "labels": labels}}


def _sum(replica_sets: Sequence[Seen], name: str) -> int:
    return sum(_of(each.get("status", {}), name) for each in replica_sets)


def _of(status: Seen, name: str) -> int:
    """The API leaves zeros out."""
    return int(status.get(name, 0))
