"""What pods say of themselves while they are not ready: the download's progress, the engine's state."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.operator.made import resolved
from tests.unit.operator.seen import (
    NEW,
    OLD,
    REPLICA_SETS,
    STARTING,
    condition,
    deployment,
    ended,
    pod,
    running,
    told,
    waiting,
    wanted,
)

from modelserver_operator.api import Reason
from modelserver_operator.status import Children, can_speak, changes_within
from modelserver_operator.status.engines import AILMENTS
from modelserver_runtime.admission.health import STATES

HUB: dict[str, Any] = {"huggingFace": {"repo": "org/model", "revision": "v1"}}
GIB = 1 << 30
STARTED = running(95, started=True)


def heard(seen: dict[str, Any], said: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """The status of a server whose only pod has said this."""
    seen["metadata"]["uid"] = "p1"
    children = Children(
        deployment=deployment(**STARTING), replica_sets=REPLICA_SETS, pods=[seen], heard={"p1": said} if said else {}
    )
    return told(wanted(**spec), children)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"bytes": 0, "total_bytes": 15 * GIB}, "downloads org/model at v1: 0 % of 15.0 GiB."),
        ({"bytes": 6 * GIB, "total_bytes": 15 * GIB}, "downloads org/model at v1: 40 % of 15.0 GiB."),
        ({"bytes": 7 * GIB, "total_bytes": 15 * GIB}, "downloads org/model at v1: 40 % of 15.0 GiB."),
        ({"bytes": 90 << 20, "total_bytes": 90 << 20}, "100 % of 90.0 MiB."),
        ({"bytes": 5, "total_bytes": None}, "1 min 30 s so far"),
        ({"bytes": 5, "total_bytes": 0}, "1 min 30 s so far"),
        ({"bytes": 6, "total_bytes": 5}, "1 min 30 s so far"),
        ({"bytes": 6, "total_bytes": 10**400}, "1 min 30 s so far"),
        ({"bytes": "6", "total_bytes": 5}, "1 min 30 s so far"),
        (["what"], "1 min 30 s so far"),
    ],
)
def test_a_download_tells_how_far_it_is_in_tenths(said: Any, message: str) -> None:
    found = heard(pod(waiting("PodInitializing"), download=running(95)), {"download": said}, model=HUB)
    assert condition(found, "Ready")["reason"] == Reason.DOWNLOADING
    assert message in condition(found, "Ready")["message"]
    assert changes_within(found) == 30


@pytest.mark.parametrize(
    ("state", "reason", "says"),
    [
        ("stalled", Reason.ENGINE_STALLED, "Pod demo-1 takes no requests. The engine has requests and makes no step."),
        ("breaker_open", Reason.ENGINE_FAILING, "failed several requests in a row. `kubectl logs demo-1` has"),
        ("broken", Reason.ENGINE_BROKEN, "is dead. The kubelet restarts the server; `kubectl logs demo-1`"),
        ("main_loop_stuck", Reason.ENGINE_BROKEN, "does nothing any more"),
        ("serving", Reason.NOT_READY, "the kubelet does not call it ready yet. If this lasts"),
        ("what", Reason.NOT_READY, "`kubectl logs demo-1` may say why"),
        (None, Reason.NOT_READY, "`kubectl logs demo-1` may say why"),
    ],
)
def test_a_started_server_says_what_keeps_it_from_serving(state: str | None, reason: Reason, says: str) -> None:
    found = heard(pod(STARTED), {"state": state} if state else {})
    assert condition(found, "Ready")["reason"] == reason
    assert says in condition(found, "Ready")["message"]
    assert condition(found, "Progressing")["status"] == str(reason == Reason.NOT_READY)


def test_each_word_of_the_runtime_is_known() -> None:
    """Of the others a pod that has started is never asked: it is not ready, because it is to end."""
    assert {*AILMENTS, "serving", "starting", "leaving", "draining"} == set(STATES)


def test_the_runtimes_own_sentence_is_told() -> None:
    why = "The engine has made no step since 22:41:07 UTC; requests running: 3."
    found = condition(heard(pod(STARTED), {"state": "stalled", "why": why}), "Ready")
    assert found["message"].startswith(f"Pod demo-1 takes no requests. {why} The kubelet restarts the server if")


def test_half_a_character_does_not_stand_in_the_status() -> None:
    """JSON can hold it; the status could not be written."""
    found = condition(heard(pod(STARTED), {"state": "broken", "why": "No file model-\udcff."}), "Ready")
    assert "No file model-?." in found["message"]


@pytest.mark.parametrize(
    ("seen", "speaks"),
    [
        (pod(STARTED), True),
        (pod(waiting("PodInitializing"), download=running(5)), True),
        (pod(STARTED, ready=True), False),
        (pod(running(5)), False),  # it loads, and the startup budget says the rest
        (pod(waiting("PodInitializing"), download={"state": ended(2)}), False),
        (pod(STARTED, deletionTimestamp="2026-03-01T12:00:00Z"), False),
        (pod(), False),
    ],
)
def test_who_is_asked(seen: dict[str, Any], speaks: bool) -> None:
    assert can_speak(seen) == speaks


FULL = "0/3 nodes are available: 3 Insufficient nvidia.com/gpu."


@pytest.mark.parametrize(
    ("old", "spec", "says"),
    [
        (True, {"rollout": {"strategy": "Surge"}}, "set spec.rollout.strategy to Replace, or add nodes. The scheduler"),
        (True, {}, "the operator makes room; if not, add nodes, or lower spec.replicas. The scheduler says: 0/3"),
        (False, {}, "It waits until enough of them are free: add nodes, free some, or lower spec.replicas. The sch"),
        (False, {"autoscaling": {"maxReplicas": 4}}, "or lower spec.autoscaling.maxReplicas."),
    ],
)
def test_a_full_pool_says_what_it_waits_for_and_what_to_set(old: bool, spec: dict[str, Any], says: str) -> None:
    of_class = {"device": "Cuda", "accelerator": {"resourceName": "nvidia.com/gpu"}}
    pods = [
        pod(scheduled=FULL, owner=NEW),
        *([pod(STARTED, owner=OLD, ready=True)] if old else [pod(owner=OLD, node="")]),
    ]
    children = Children(deployment=deployment(**STARTING), replica_sets=REPLICA_SETS, pods=pods)
    found = condition(told(resolved(of_class, **spec), children), "Ready")
    assert found["reason"] == Reason.UNSCHEDULABLE
    assert says in found["message"]
