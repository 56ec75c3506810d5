"""What is told of a ModelServer, for everything that can be seen of its children."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.crd_cases import VECTORS
from tests.unit.operator.made import resolved
from tests.unit.operator.seen import (
    COUNTS,
    NOW,
    OLD,
    REPLICA_SETS,
    STARTING,
    all_up,
    condition,
    deployment,
    ended,
    pod,
    ready_of,
    running,
    serving,
    told,
    waiting,
    wanted,
)

from modelserver_operator.api import InvalidObject, Problem, Reason
from modelserver_operator.resolve import Refusal, Resolved, class_not_found, spec_invalid
from modelserver_operator.status import Children, Failure, changes_within, status


def test_ready() -> None:
    found = told(wanted(), Children(deployment=all_up(), replica_sets=REPLICA_SETS, pods=[pod(ready=True)]))
    answers = {each["type"]: (each["status"], each["reason"]) for each in found["conditions"]}
    assert answers == {
        "Ready": ("True", "Ready"),
        "Reconciled": ("True", "Applied"),
        "Available": ("True", "Serving"),
        "Progressing": ("False", "Complete"),
    }
    assert (found["replicas"], found["readyReplicas"]) == (1, 1)
    assert (found["observedGeneration"], found["classGeneration"]) == (7, 3)
    assert {each["observedGeneration"] for each in found["conditions"]} == {7}
    assert found["selector"] == "app.kubernetes.io/name=modelserver,app.kubernetes.io/instance=demo"
    assert (found["url"], found["servedNames"]) == ("http://demo.default.svc", ["demo"])
    assert {"name": "engine.maxSequences", "value": "64", "reason": "profile Balanced"} in found["effective"]


@pytest.mark.parametrize(
    "deployed",
    [
        all_up() | {"status": all_up()["status"] | {"observedGeneration": 3}},  # the controller has not looked yet
        all_up() | {"status": {"replicas": 1, "readyReplicas": 1, "availableReplicas": 1}},
        deployment(asked=1, **{**dict.fromkeys(COUNTS, 1), "updatedReplicas": 0}),  # an old pod answers
        deployment(asked=1, **{**dict.fromkeys(COUNTS, 1), "replicas": 2, "availableReplicas": 2}),  # old and new
        deployment(asked=1, **{**dict.fromkeys(COUNTS, 1), "availableReplicas": 0}),
        None,
    ],
)
def test_never_ready_on_an_old_generation(deployed: dict[str, Any] | None) -> None:
    found = ready_of(deployed, pod(ready=True))
    assert (found["status"], found["reason"]) == ("False", Reason.ROLLOUT_IN_PROGRESS)


def test_pods_beyond_the_wanted_number_do_not_unset_ready() -> None:
    scaled = deployment(asked=3, **{**dict.fromkeys(COUNTS, 2), "replicas": 3, "updatedReplicas": 3})
    assert ready_of(scaled, *serving(scaled, pod(scheduled="0/1 nodes")), replicas=2)["status"] == "True"


BACK_OFF = "Back-off pulling image"
MISSING = 'persistentvolumeclaim "{}" not found. preemption: 0/1 nodes are available'


@pytest.mark.parametrize(
    ("seen", "reason", "says"),
    [
        (pod(scheduled="0/3 nodes: 3 Insufficient nvidia.com/gpu."), Reason.UNSCHEDULABLE, "3 Insufficient nvidia"),
        (pod(scheduled=MISSING.format("models")), Reason.VOLUME_MISSING, "models does not exist in namespace team"),
        (pod(scheduled=MISSING.format("models")), Reason.VOLUME_MISSING, "correct spec.model.persistentVolumeClaim"),
        (pod(scheduled=MISSING.format("engine")), Reason.VOLUME_MISSING, "volumes of class small corrected"),
        (pod(scheduled="pod has unbound immediate PersistentVolumeClaims"), Reason.VOLUME_MISSING, "has unbound"),
        (pod(waiting("ErrImagePull", "not found")), Reason.IMAGE_PULL_FAILED, "runtime:1 cannot be pulled"),
        (pod(waiting("ImagePullBackOff", BACK_OFF)), Reason.IMAGE_PULL_FAILED, BACK_OFF),
        (pod(waiting("CreateContainerConfigError", "no Secret x")), Reason.CONTAINER_REFUSED, "no Secret x"),
        (pod(waiting("ContainerCreating")), Reason.CONTAINER_CREATING, "kubectl describe pod demo-1"),
        (pod(), Reason.CONTAINER_CREATING, "demo-1 is being made"),
        (pod(waiting("CrashLoopBackOff") | {"lastState": ended()}), Reason.CRASH_LOOPING, "exit code 2: The model fol"),
        (pod({"state": ended(), "restartCount": 0}), Reason.CRASH_LOOPING, "/models/demo does not exist."),
        (pod(running(5, restartCount=2, lastState=ended())), Reason.CRASH_LOOPING, "exit code 2"),
        (pod(running(5, restartCount=1, lastState=ended())), Reason.LOADING, "Before, it ended with exit code 2"),
        (pod(running(5, restartCount=2, lastState=ended(minutes=29))), Reason.CRASH_LOOPING, "exit code 2"),
        (pod(running(5, restartCount=2, lastState=ended(minutes=32))), Reason.LOADING, "Before, it ended with exit"),
        (pod({"state": ended(minutes=32)}), Reason.CRASH_LOOPING, "exit code 2"),
        (pod({"state": ended(1, "")}), Reason.CRASH_LOOPING, "it left no message"),
        (pod(running(95)), Reason.LOADING, "1 min 30 s of at most 30 min"),
        (pod(running(3)), Reason.LOADING, "has just begun to load the model, which may take at most 30 min."),
        (pod(running(95, started=True)), Reason.NOT_READY, "kubectl logs demo-1"),
    ],
)
def test_why_a_pod_is_not_ready(seen: dict[str, Any], reason: Reason, says: str) -> None:
    found = ready_of(deployment(**STARTING), seen)
    assert (found["status"], found["reason"]) == ("False", reason)
    assert says in found["message"]


def test_a_pod_without_room_says_what_it_asks_for_and_no_more() -> None:
    said = "0/1 nodes are available: 1 Insufficient cpu."
    more = " no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for it."
    accelerator = {"resourceName": "nvidia.com/gpu"}
    of_class = {"device": "Cuda", "accelerator": accelerator, "resources": {"cpu": "1500m", "memory": "4Gi"}}
    children = Children(deployment=deployment(**STARTING), pods=[pod(scheduled=said + more)])
    found = condition(told(resolved(of_class, accelerators={"count": 2}), children), "Ready")
    asks = "asks for 3000m of cpu, 8Gi of memory, 2 of nvidia.com/gpu"
    assert found["message"] == f"No node has room for pod demo-1, which {asks}: {said}"


def test_a_killed_server_is_told_what_killed_it() -> None:
    killed = {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
    assert "more memory than its class grants" in ready_of(deployment(**STARTING), pod({"state": killed}))["message"]


def test_vectors_that_are_missing_name_their_field() -> None:
    seen = pod(scheduled=MISSING.format("steering"))
    assert "spec.emotions.vectors" in ready_of(deployment(**STARTING), seen, emotions={"vectors": VECTORS})["message"]


def test_the_gravest_cause_is_told_first() -> None:
    pods = [pod(running(5)), pod(waiting("ErrImagePull", "no"))]
    assert ready_of(deployment(**STARTING), *pods)["reason"] == Reason.IMAGE_PULL_FAILED


@pytest.mark.parametrize("over", [{"owner": OLD}, {"deletionTimestamp": "2026-03-01T12:00:00Z"}])
def test_pods_that_are_no_longer_wanted_are_no_cause(over: dict[str, str]) -> None:
    gone = pod(waiting("CrashLoopBackOff"), **over)  # type: ignore[arg-type]  # owner and metadata are both text
    assert ready_of(deployment(**STARTING), gone)["reason"] == Reason.ROLLOUT_IN_PROGRESS


def test_pods_are_refused() -> None:
    refused = {"type": "ReplicaFailure", "status": "True", "message": 'pods "x" is forbidden: exceeded quota'}
    found = ready_of(deployment(conditions=[refused]))
    assert found["reason"] == Reason.REJECTED_BY_API_SERVER
    assert "exceeded quota" in found["message"]


@pytest.mark.parametrize(
    ("pods", "reason", "says"),
    [
        ([], Reason.PROGRESS_DEADLINE_EXCEEDED, "no progress for its deadline. timed out"),
        ([pod()], Reason.PROGRESS_DEADLINE_EXCEEDED, "no progress for its deadline. Pod demo-1 is being made"),
        ([pod(running(5))], Reason.LOADING, "has just begun to load"),
        ([pod(waiting("ErrImagePull", "no"))], Reason.IMAGE_PULL_FAILED, "cannot be pulled"),
    ],
)
def test_no_progress(pods: list[dict[str, Any]], reason: Reason, says: str) -> None:
    over = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out"}
    found = ready_of(deployment(**STARTING, conditions=[over]), *pods)
    assert found["reason"] == reason
    assert says in found["message"]


def test_scaled_to_zero() -> None:
    found = told(wanted(replicas=0), Children(deployment=deployment(asked=0)))
    answers = {each["type"]: (each["status"], each["reason"]) for each in found["conditions"]}
    assert answers["Ready"] == answers["Available"] == answers["Progressing"] == ("False", "ScaledToZero")


def test_a_refusal_leaves_what_runs() -> None:
    runs = Children(deployment=all_up(), pods=serving(all_up()))
    before = told(wanted(), runs)
    after = told(class_not_found("fast"), runs, before)
    assert condition(after, "Ready")["reason"] == condition(after, "Reconciled")["reason"] == Reason.CLASS_NOT_FOUND
    assert condition(after, "Ready")["message"].startswith("spec.className: No ModelServerClass is called fast.")
    assert condition(after, "Available")["status"] == "True"
    assert condition(after, "Progressing")["status"] == "False"
    assert {key: after[key] for key in ("url", "effective")} == {key: before[key] for key in ("url", "effective")}


def test_a_refusal_at_first() -> None:
    found = told(class_not_found("fast"), Children())
    assert condition(found, "Available")["reason"] == Reason.CLASS_NOT_FOUND
    assert (found["replicas"], "url" in found) == (0, False)


def test_a_child_that_could_not_be_applied() -> None:
    failure = Failure(Reason.FOREIGN_OBJECT, "Service demo belongs to somebody else.")
    found = told(wanted(), Children(deployment=all_up(), pods=serving(all_up()), failure=failure))
    assert condition(found, "Ready")["message"] == condition(found, "Reconciled")["message"] == failure.message
    assert condition(found, "Available")["status"] == "True"


def test_pods_that_may_not_be_read_serve_on() -> None:
    failure = Failure(Reason.REJECTED_BY_API_SERVER, "Objects of kind Pod could not be read: forbidden")
    found = told(wanted(replicas=2), Children(deployment=all_up(2), pods_unread=True, failure=failure))
    assert condition(found, "Ready")["message"] == failure.message
    assert condition(found, "Available")["message"] == "2 pods can answer requests."


@pytest.mark.parametrize(
    ("deployed", "pods", "told_of"),
    [
        (deployment(**STARTING), [pod(running(95))], Reason.LOADING),
        (all_up(), [pod(ready=True)], Reason.CONTESTED),
        (None, [], Reason.CONTESTED),
    ],
)
def test_a_contested_child_does_not_hide_how_far_the_pods_are(
    deployed: dict[str, Any] | None, pods: list[dict[str, Any]], told_of: Reason
) -> None:
    failure = Failure(Reason.CONTESTED, "Field spec.ports of Service demo was changed.")
    children = Children(deployment=deployed, replica_sets=REPLICA_SETS, pods=pods, failure=failure)
    found = told(wanted(), children)
    assert condition(found, "Ready")["reason"] == condition(found, "Reconciled")["reason"] == Reason.CONTESTED
    assert condition(found, "Progressing")["reason"] == told_of
    assert condition(found, "Progressing")["status"] == str(told_of == Reason.LOADING)
    assert condition(found, "Available")["reason"] == (Reason.SERVING if deployed == all_up() else told_of)


def test_a_transition_is_a_change_of_the_answer() -> None:
    loading = told(wanted(), Children(deployment=deployment(**STARTING), pods=[pod(running(5))]))
    since = "2026-01-01T00:00:00Z"
    before = {"conditions": [each | {"lastTransitionTime": since} for each in loading["conditions"]]}
    pulling = told(wanted(), Children(deployment=deployment(**STARTING), pods=[pod()]), before)
    assert {each["lastTransitionTime"] for each in pulling["conditions"]} == {since}
    ready = told(wanted(), Children(deployment=all_up(), pods=[pod(ready=True)]), before)
    assert condition(ready, "Ready")["lastTransitionTime"] == "2026-03-01T12:00:00Z"
    assert condition(ready, "Reconciled")["lastTransitionTime"] == since


def test_a_status_does_not_change_by_itself() -> None:
    """Every change is a write, and every write wakes the operator."""
    children = Children(deployment=deployment(**STARTING), pods=[pod(running(61))])
    first = told(wanted(), children)
    assert status(wanted(), children, first, generation=7, class_generation=3, now=NOW + timedelta(seconds=20)) == first


@pytest.mark.parametrize(
    ("deployed", "seen", "seconds"),
    [
        (deployment(**STARTING), pod(running(5)), 30),
        (deployment(**STARTING), pod(), 30),
        (deployment(**STARTING), pod(running(95, started=True)), 30),
        (deployment(**STARTING), pod(waiting("ErrImagePull")), None),
        (all_up(), pod(ready=True), None),
    ],
    ids=["loading", "creating", "not ready", "no image", "ready"],
)
def test_what_no_watch_tells_is_looked_for_again(
    deployed: dict[str, Any], seen: dict[str, Any], seconds: float | None
) -> None:
    found = told(wanted(), Children(deployment=deployed, replica_sets=REPLICA_SETS, pods=[seen]))
    assert changes_within(found) == seconds


@pytest.mark.parametrize(
    ("failure", "reason"),
    [(None, Reason.READY), (Failure(Reason.CONTESTED, "A field of its Service was changed."), Reason.CONTESTED)],
)
def test_what_ready_does_not_tell_is_looked_for_again_too(failure: Failure | None, reason: Reason) -> None:
    """Such as of a pod beyond those that Ready needs."""
    deployed = deployment(asked=3, **{**dict.fromkeys(COUNTS, 2), "replicas": 3, "updatedReplicas": 3})
    children = Children(deployment=deployed, pods=serving(deployed, pod(running(5))), failure=failure)
    found = told(wanted(replicas=2), children)
    assert (condition(found, "Ready")["reason"], condition(found, "Progressing")["reason"]) == (reason, Reason.LOADING)
    assert changes_within(found) == 30


def test_messages_are_short() -> None:
    found = ready_of(deployment(**STARTING), pod({"state": ended(1, "x" * 5000 + " CUDA out of memory")}))
    assert found["message"].endswith("CUDA out of memory")
    assert len(found["message"]) < 1000


@pytest.mark.parametrize(
    ("outcome", "failure"),
    [
        (wanted(), Failure(Reason.REJECTED_BY_API_SERVER, "Service demo was refused: " + "ü" * 5000)),
        (spec_invalid(InvalidObject([Problem("spec.profile", f"must be shorter than {'x' * 5000}")])), None),
    ],
    ids=["what the API server says", "what the object holds"],
)
def test_a_message_that_the_crd_would_not_take_is_cut(outcome: Resolved | Refusal, failure: Failure | None) -> None:
    """`told` holds the status to the CRD's type; the API server would refuse all of it for one long message."""
    found = told(outcome, Children(deployment=all_up(), failure=failure))
    for kind in ("Ready", "Reconciled"):
        message = condition(found, kind)["message"]
        assert len(message) == 4096
        assert message.startswith(("Service demo was refused: ü", "spec.profile: This object is not valid here"))
        assert message.endswith(" ... (cut)")


@pytest.mark.parametrize(
    ("seen", "progressing"),
    [(pod(running(5)), "True"), (pod(), "True"), (pod(waiting("ErrImagePull")), "False")],
)
def test_progressing_is_what_needs_nobody(seen: dict[str, Any], progressing: str) -> None:
    found = told(wanted(), Children(deployment=deployment(**STARTING), pods=[seen]))
    assert condition(found, "Progressing")["status"] == progressing
