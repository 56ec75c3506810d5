"""What can be seen of a ModelServer: Deployments, ReplicaSets and pods in every state; and what is told of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.crd_cases import server, server_class

from modelserver_operator.api import ModelServer, ModelServerClass
from modelserver_operator.api.serverstatus import ModelServerStatus
from modelserver_operator.resolve import ASSUMED, Facts, Refusal, Resolved, resolve
from modelserver_operator.status import Children, Load, Scalers, status

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
OLD, NEW = "rs-old", "rs-new"
REVISION = "deployment.kubernetes.io/revision"


def wanted(facts: Facts = ASSUMED, **spec: Any) -> Resolved:
    """A resolved ModelServer."""
    of_class = ModelServerClass.parse(server_class(), strict=True)
    outcome = resolve(ModelServer.parse(server(**spec), strict=True), of_class, facts)
    assert isinstance(outcome, Resolved)
    return outcome


def deployment(*, asked: int = 1, generation: int = 4, **counts: Any) -> dict[str, Any]:
    """A Deployment whose controller has seen its newest template; `counts` is its status."""
    return {
        "metadata": {"name": "demo", "generation": generation, "annotations": {REVISION: "2"}},
        "spec": {"replicas": asked},
        "status": {"observedGeneration": generation, **counts},
    }


def all_up(count: int = 1) -> dict[str, Any]:
    """A Deployment that is done."""
    return deployment(asked=count, **dict.fromkeys(COUNTS, count))


COUNTS = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
STARTING = {"replicas": 1, "updatedReplicas": 1}
REPLICA_SETS = [
    {"metadata": {"uid": OLD, "annotations": {REVISION: "1"}}},
    {"metadata": {"uid": NEW, "annotations": {REVISION: "2"}}},
]


# What a service mesh adds to every pod.
SIDECAR = {"name": "proxy", "image": "registry.example.com/proxy:1", "started": True, "state": {"running": {}}}


def pod(
    container: dict[str, Any] | None = None,
    *,
    download: dict[str, Any] | None = None,
    owner: str = NEW,
    scheduled: str = "",
    ready: bool = False,
    node: str = "one",
    **extra: Any,
) -> dict[str, Any]:
    """A pod; `container` and `download` are its containers' states, `scheduled` is the scheduler's complaint."""
    place = {"status": "False", "reason": "Unschedulable", "message": scheduled} if scheduled else {"status": "True"}
    conditions = [{"type": "PodScheduled", **place}, {"type": "Ready", "status": str(ready)}]
    return {
        "metadata": {"name": "demo-1", "namespace": "team", "ownerReferences": [{"uid": owner}], **extra},
        "spec": {"nodeName": node},
        "status": {
            "conditions": conditions,
            "containerStatuses": [SIDECAR, {"name": "runtime", **container}] if container else [],
            "initContainerStatuses": [{"name": "download", **download}] if download else [],
        },
    }


def serving(deployed: dict[str, Any], *others: dict[str, Any]) -> list[dict[str, Any]]:
    """The pods that a Deployment counts as available, and others."""
    return [pod(ready=True)] * deployed["status"].get("availableReplicas", 0) + [*others]


def waiting(reason: str, message: str = "") -> dict[str, Any]:
    """A container that waits."""
    return {"image": "registry.example.com/runtime:1", "state": {"waiting": {"reason": reason, "message": message}}}


def running(seconds: float, **extra: Any) -> dict[str, Any]:
    """A container that has run for so long."""
    started = (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"state": {"running": {"startedAt": started}}, "started": False, **extra}


def ended(
    code: int = 2, message: str = "The model folder /models/demo does not exist.\n", *, minutes: int | None = None
) -> dict[str, Any]:
    """How a container ended; after so many minutes, None: the kubelet does not know."""
    times = {"startedAt": NOW - timedelta(minutes=minutes), "finishedAt": NOW} if minutes is not None else {}
    told = {name: time.strftime("%Y-%m-%dT%H:%M:%SZ") for name, time in times.items()}
    return {"terminated": {"exitCode": code, "reason": "Error", "message": message, **told}}


def told(outcome: Resolved | Refusal, children: Children, previous: dict[str, Any] | None = None) -> dict[str, Any]:
    """The status, which must fit the CRD."""
    found = status(outcome, children, previous or {}, generation=7, class_generation=3, now=NOW)
    ModelServerStatus.model_validate(found)
    return found


def condition(found: dict[str, Any], kind: str) -> dict[str, Any]:
    """One condition of a status."""
    return next(each for each in found["conditions"] if each["type"] == kind)


def answers(found: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """(status, reason) of each condition."""
    return {each["type"]: (each["status"], each["reason"]) for each in found["conditions"]}


SCALED: dict[str, Any] = {"autoscaling": {"maxReplicas": 4, "targetUnfinishedRequests": 4}}
IGNORED = "modelserver.dev/replicas-ignored"


def up(replicas: int = 3, ready: int | None = None, ignored: int | None = None) -> dict[str, Any]:
    """A Deployment whose pods are all of this generation; `ignored` is the spec.replicas that does not count."""
    able = replicas if ready is None else ready
    counts = {"replicas": replicas, "updatedReplicas": replicas, "availableReplicas": able, "readyReplicas": able}
    found = deployment(asked=replicas, **counts)
    if ignored is not None:
        found["metadata"]["annotations"][IGNORED] = str(ignored)
    return found


def scaled(
    scalers: Scalers,
    previous: dict[str, Any] | None = None,
    *,
    load: Load | None = None,
    facts: Facts = ASSUMED,
    spec: dict[str, Any] = SCALED,
) -> dict[str, Any]:
    """The status of an autoscaled server of three pods."""
    return told(
        wanted(facts, **spec), Children(deployment=up(), pods=serving(up()), scalers=scalers, load=load), previous
    )


def ready_of(deployed: dict[str, Any] | None, *pods: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """The Ready condition for a Deployment and its pods."""
    children = Children(deployment=deployed, replica_sets=REPLICA_SETS, pods=pods)
    return condition(told(wanted(**spec), children), "Ready")
