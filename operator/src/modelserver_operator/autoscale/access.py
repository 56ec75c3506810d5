"""Who may ask for what: the API server is asked, and what it has said holds for a short while."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any, NamedTuple

from modelserver_operator.autoscale.asked import Resource
from modelserver_operator.autoscale.documents import GROUP
from modelserver_operator.autoscale.front_proxy import Asker
from modelserver_operator.cluster import SUBJECT_ACCESS_REVIEW, Cluster

KEPT_SECONDS = 10.0  # as the servers of Kubernetes' own library keep it
KEPT = 4096  # answers; who asks for ever new things pushes out the oldest
MASTERS = "system:masters"  # may do everything in every cluster, also while nobody can be asked


class Answer(NamedTuple):
    """refused: why, where it is not allowed. until: as long as that holds, by the clock that was given."""

    refused: str | None
    until: float


class Access:
    """Asks by SubjectAccessReview."""

    def __init__(self, cluster: Cluster, clock: Callable[[], float] = monotonic) -> None:
        self._cluster = cluster
        self._clock = clock
        self._answers: dict[tuple[Asker, Resource | str], Answer] = {}

    async def refused(self, asker: Asker, what: Resource | str) -> str | None:
        """Why the asker may not GET a resource, or a path that is none; None: it may. Raises ClusterError."""
        if MASTERS in asker.groups:
            return None
        known = self._answers.get((asker, what))
        if known is not None and self._clock() < known.until:
            return known.refused
        refused = await self._ask(asker, what)
        self._keep((asker, what), refused)
        return refused

    async def _ask(self, asker: Asker, what: Resource | str) -> str | None:
        review = {
            "apiVersion": SUBJECT_ACCESS_REVIEW.api_version,
            "kind": SUBJECT_ACCESS_REVIEW.name,
            "spec": _asker(asker) | _attributes(what),
        }
        status = (await self._cluster.create(review)).get("status") or {}
        if status.get("allowed"):
            return None
        return _sentence(asker, what) + (f": {status['reason']}" if status.get("reason") else "")

    def _keep(self, question: tuple[Asker, Resource | str], refused: str | None) -> None:
        self._answers.pop(question, None)
        self._answers[question] = Answer(refused, self._clock() + KEPT_SECONDS)
        while len(self._answers) > KEPT:
            del self._answers[next(iter(self._answers))]


def _asker(asker: Asker) -> dict[str, Any]:
    extra = {key: list(values) for key, values in asker.extra}
    return {"user": asker.user, "uid": asker.uid, "groups": list(asker.groups), "extra": extra}


def _attributes(what: Resource | str) -> dict[str, Any]:
    if isinstance(what, str):
        return {"nonResourceAttributes": {"path": what, "verb": "get"}}
    attributes = {
        "group": GROUP,
        "version": what.version,
        "namespace": what.namespace,
        "resource": what.resource,
        "name": what.name,
        "subresource": what.subresource,
        "verb": what.verb,
    }
    return {"resourceAttributes": attributes}


def _sentence(asker: Asker, what: Resource | str) -> str:
    """In the words in which kubectl shows what the API server itself refuses."""
    if isinstance(what, str):
        return f'User "{asker.user}" cannot get path "{what}"'
    resource = f"{what.resource}/{what.subresource}" if what.subresource else what.resource
    place = f'in the namespace "{what.namespace}"' if what.namespace else "at the cluster scope"
    return f'User "{asker.user}" cannot {what.verb} resource "{resource}" in API group "{GROUP}" {place}'
