"""What is told of a model on its way: the download's container, the cache that it fills, and images as volumes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.unit.operator.seen import (
    NOW,
    OLD,
    STARTING,
    condition,
    deployment,
    ended,
    pod,
    ready_of,
    running,
    told,
    waiting,
    wanted,
)

from modelserver_operator.api import Reason
from modelserver_operator.status import Children, changes_within, status

HUB = {"huggingFace": {"repo": "org/model", "revision": "v1", "tokenSecretRef": {"name": "hf", "key": "token"}}}
IMAGE = {"image": {"reference": "registry.example.com/models/m:1"}}
BEHIND = waiting("PodInitializing")  # the runtime, which comes after the download
LAST_WORDS = "spec.model.huggingFace: the hub has no revision v1 of org/model.\n"  # as the download leaves them
NO_CONTAINER, NO_KEY = "CreateContainerConfigError", "couldn't find key token in Secret team/hf"
DONE = {"state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}


def failed(times: int) -> dict[str, Any]:
    return {"restartCount": times, "lastState": ended(2, LAST_WORDS)}


@pytest.mark.parametrize(
    ("download", "reason", "says"),
    [
        (waiting("PodInitializing"), Reason.CONTAINER_CREATING, "demo-1 is being made"),
        (waiting("ErrImagePull", "not found"), Reason.IMAGE_PULL_FAILED, "runtime:1 cannot be pulled, which the class"),
        (waiting(NO_CONTAINER, 'secret "hf" not found'), Reason.CONTAINER_REFUSED, 'secret "hf" not found. Create it'),
        (waiting(NO_CONTAINER, NO_KEY), Reason.CONTAINER_REFUSED, "correct spec.model.huggingFace.tokenSecretRef."),
        (waiting(NO_CONTAINER, 'secret "other" not found'), Reason.CONTAINER_REFUSED, 'secret "other" not found'),
        (running(3), Reason.DOWNLOADING, "demo-1 has just begun to download org/model at v1; `kubectl logs"),
        (running(95), Reason.DOWNLOADING, "1 min 30 s so far; `kubectl logs demo-1 -c download`"),
        (running(5, **failed(1)), Reason.DOWNLOAD_FAILED, "exit code 2: spec.model.huggingFace: the hub has no"),
        (running(179, **failed(9)), Reason.DOWNLOAD_FAILED, "of org/model. It is tried again (attempt 10) and goes on"),
        (running(185, **failed(9)), Reason.DOWNLOADING, "3 min so far"),
        (running(185, **failed(1)), Reason.DOWNLOADING, "Before, it ended with exit code 2: spec.model.huggingFace"),
        ({"state": ended(2, LAST_WORDS), "restartCount": 0}, Reason.DOWNLOAD_FAILED, "cannot download org/model at v1"),
        (waiting("CrashLoopBackOff") | failed(3), Reason.DOWNLOAD_FAILED, "the hub has no revision v1"),
        ({"state": ended(1, "")}, Reason.DOWNLOAD_FAILED, "it left no message"),
        ({"state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}, Reason.DOWNLOAD_FAILED, "more memory"),
    ],
)
def test_why_a_model_is_not_there(download: dict[str, Any], reason: Reason, says: str) -> None:
    found = ready_of(deployment(**STARTING), pod(BEHIND, download=download), model=HUB)
    assert (found["status"], found["reason"]) == ("False", reason)
    assert says in found["message"]


def test_a_download_that_fails_again_and_again_is_told_in_the_same_words() -> None:
    """What the kubelet reports in turn, of attempts that give up after two minutes without a byte."""
    states = [
        {"state": ended(1, LAST_WORDS), "restartCount": 0},
        waiting("CrashLoopBackOff") | failed(0),
        running(0, **failed(1)),
        running(125, **failed(1)),
    ]
    said = [ready_of(deployment(**STARTING), pod(BEHIND, download=state), model=HUB) for state in states]
    assert {each["reason"] for each in said} == {Reason.DOWNLOAD_FAILED}
    assert {each["message"].partition("It is tried")[2] for each in said} == {
        " again (attempt 2) and goes on where it stopped."
    }


@pytest.mark.parametrize(
    ("runtime", "reason"),
    [
        (BEHIND, Reason.CONTAINER_CREATING),
        (running(5), Reason.LOADING),
        (waiting("CrashLoopBackOff") | {"lastState": ended()}, Reason.CRASH_LOOPING),
        (running(5, started=True), Reason.NOT_READY),
    ],
)
def test_after_the_download_the_runtime_speaks(runtime: dict[str, Any], reason: Reason) -> None:
    assert ready_of(deployment(**STARTING), pod(runtime, download=DONE), model=HUB)["reason"] == reason


def test_a_runtime_that_ended_before_its_pod_began_again_is_no_cause_while_the_model_comes() -> None:
    """A node that was restarted runs the pod's init containers again."""
    again = pod(BEHIND | {"lastState": ended(), "restartCount": 3}, download=running(5))
    assert ready_of(deployment(**STARTING), again, model=HUB)["reason"] == Reason.DOWNLOADING


@pytest.mark.parametrize(
    ("download", "progressing", "seconds"),
    [(running(5), "True", 30), (waiting("CrashLoopBackOff") | failed(3), "False", 30)],
)
def test_the_time_of_a_download_passes_by_itself(
    download: dict[str, Any], progressing: str, seconds: float | None
) -> None:
    children = Children(deployment=deployment(**STARTING), pods=[pod(BEHIND, download=download)])
    found = told(wanted(model=HUB), children)
    assert (condition(found, "Progressing")["status"], changes_within(found)) == (progressing, seconds)


def test_a_download_is_told_in_steps() -> None:
    """Every change is a write, and every write wakes the operator."""
    children = Children(deployment=deployment(**STARTING), pods=[pod(BEHIND, download=running(61))])
    outcome, first = wanted(model=HUB), told(wanted(model=HUB), children)
    later = status(outcome, children, first, generation=7, class_generation=3, now=NOW + timedelta(seconds=20))
    assert later == first


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ('Back-off pulling image "registry.example.com/models/m:1": not found', "correct spec.model.image.reference"),
        ("registry.example.com/runtime:1: not found", "runtime:1 cannot be pulled, which the class"),
    ],
)
def test_which_image_cannot_be_pulled(message: str, says: str) -> None:
    """The kubelet gives a volume's image as the container's reason, and names it in the message only."""
    found = ready_of(deployment(**STARTING), pod(waiting("ImagePullBackOff", message)), model=IMAGE)
    assert found["reason"] == Reason.IMAGE_PULL_FAILED
    assert says in found["message"]


CACHED = {"model": HUB, "cache": {"size": "1Gi"}}
SHARED = {"model": HUB, "cache": {"size": "1Gi", "accessMode": "ReadWriteMany"}}


@pytest.mark.parametrize(
    ("spec", "node", "reason"),
    [
        (CACHED, "other", Reason.DRAINING),
        (CACHED, "one", Reason.CONTAINER_CREATING),  # the same node may mount it twice
        (SHARED, "other", Reason.CONTAINER_CREATING),
        ({"model": HUB}, "other", Reason.CONTAINER_CREATING),
    ],
)
def test_a_volume_of_one_node_is_waited_for(spec: dict[str, Any], node: str, reason: Reason) -> None:
    old = pod(running(5), owner=OLD, node=node, deletionTimestamp="2026-03-01T12:05:00Z")
    new = pod(BEHIND, download=waiting("PodInitializing"))
    found = ready_of(deployment(**STARTING), new, old, **spec)
    assert found["reason"] == reason
    if reason == Reason.DRAINING:
        assert (
            "waits for its cache, which pod demo-1 has on another node until 2026-03-01T12:05:00Z" in found["message"]
        )


VECTORS = {"vectors": {"persistentVolumeClaim": {"claimName": "vectors"}}}
UNBOUND = "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        (CACHED, "PersistentVolumeClaim demo-cache, the server's cache, has no volume: unless it is being made, the"),
        (CACHED, "no default StorageClass. Name one in spec.cache.storageClassName"),
        (CACHED | {"emotions": VECTORS}, "`kubectl get pvc` shows which. If it is demo-cache, the server's cache: un"),
        (
            {"model": HUB, "cache": {"size": "1Gi", "storageClassName": "fast"}},
            "spec.cache.storageClassName is fast, which must be a StorageClass of the cluster (`kubectl get storageclas"
            "s`) that makes volumes of 1Gi, ReadWriteOnce.",
        ),
        ({"model": HUB}, f"shows which: {UNBOUND}"),
    ],
)
def test_a_cache_that_no_storage_class_makes(spec: dict[str, Any], says: str) -> None:
    found = ready_of(deployment(**STARTING), pod(scheduled=UNBOUND), **spec)
    assert found["reason"] == Reason.VOLUME_MISSING
    assert says in found["message"]


def test_a_cache_that_was_deleted_is_the_operators_to_make() -> None:
    gone = pod(scheduled='persistentvolumeclaim "demo-cache" not found. preemption: 0/1 nodes are available')
    found = ready_of(deployment(**STARTING), gone, **CACHED)
    assert found["reason"] == Reason.VOLUME_MISSING
    assert "which the operator makes again" in found["message"]
