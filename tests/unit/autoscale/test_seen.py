"""What is kept of ModelServers and of pods for their load."""

from typing import Any

import pytest
from tests.crd_cases import server as manifest_of_server
from tests.unit.operator.made import child

from modelserver_operator.autoscale import seen
from modelserver_operator.autoscale.seen import Pod, Server
from modelserver_operator.status import Asked


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, Server(None)),
        ({"autoscaling": None}, Server(None)),
        ({"autoscaling": {"maxReplicas": 3, "targetUnfinishedRequests": 7}}, Server(7)),
        ({"autoscaling": {"maxReplicas": 3}, "admission": {"maxRunning": 10}}, Server(8)),
        ({"autoscaling": {"maxReplicas": 3, "ofAnotherVersion": 1}, "admission": {"maxRunning": 10}}, Server(8)),
        ({"autoscaling": {"maxReplicas": "three"}}, Server(None, is_valid=False)),
        ({"autoscaling": {"maxReplicas": 3}, "model": {}}, Server(None, is_valid=False)),
    ],
)
def test_a_server_has_a_target_where_it_is_autoscaled(spec: dict[str, Any], expected: Server) -> None:
    assert seen.server(manifest_of_server(**spec)) == expected


MAKER = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "demo-5d8", "uid": "r1", "controller": True}


def made(status: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    """A pod of the server `demo`, as its Deployment's controller would make it."""
    template = child("Deployment")["spec"]["template"]
    labels = template["metadata"]["labels"] | {"pod-template-hash": "5d8"}
    named = {"name": "demo-1", "namespace": "default", "uid": "u1", "labels": labels, "ownerReferences": [MAKER]}
    return {"metadata": template["metadata"] | named | metadata, "spec": template["spec"], "status": status}


RUNNING = {"phase": "Running", "podIP": "10.0.0.7", "conditions": [{"type": "Ready", "status": "True"}]}


def test_a_pod_is_its_servers_and_has_an_address() -> None:
    demo = ("default", "demo")
    expected = Pod(demo, Asked("u1", "10.0.0.7:9000", demo), "demo-1", True, True, False, over=False, is_made=True)
    assert seen.pod(made(RUNNING)) == expected
    assert expected.may_answer


def test_the_selector_selects_it() -> None:
    """As the API server would."""
    labels = made(RUNNING)["metadata"]["labels"]
    assert all(labels[name] == value for name, value in (term.split("=") for term in seen.PODS.split(",")))


@pytest.mark.parametrize(
    ("status", "metadata", "expected"),
    [
        ({}, {}, (False, False, False, False)),
        ({"phase": "Pending", "podIP": "10.0.0.7"}, {}, (True, False, False, False)),
        (RUNNING, {}, (True, True, False, False)),
        (RUNNING | {"podIP": None}, {}, (True, True, False, False)),
        (RUNNING | {"conditions": [{"type": "Ready", "status": "Unknown"}]}, {}, (True, False, False, False)),
        (RUNNING, {"deletionTimestamp": "2026-03-01T12:00:00Z"}, (True, True, True, False)),
        (RUNNING | {"phase": "Failed"}, {}, (True, True, False, True)),
        (RUNNING | {"phase": "Succeeded"}, {}, (True, True, False, True)),
    ],
)
def test_states_of_pods(status: dict[str, Any], metadata: dict[str, Any], expected: tuple[bool, ...]) -> None:
    pod = seen.pod(made(status, **metadata))
    assert (pod.may_answer, pod.ready, pod.terminating, pod.over) == expected


@pytest.mark.parametrize(
    "owners",
    [
        [],
        None,
        [MAKER | {"name": "demo-modelserver-5d8"}],
        [MAKER | {"name": "demo-7c4"}],
        [MAKER | {"kind": "StatefulSet"}],
        [MAKER | {"controller": False}],
    ],
)
def test_labels_alone_make_no_pod_of_a_server(owners: list[dict[str, Any]] | None) -> None:
    assert not seen.pod(made(RUNNING, ownerReferences=owners)).is_made


def at(second: int) -> str:
    return f"2026-03-01T12:{second // 60:02}:{second % 60:02}Z"


@pytest.mark.parametrize(
    ("ready", "since", "was_ready"),
    [
        ("True", 2, True),
        ("False", 0, False),
        ("False", 1, False),
        ("False", 30, False),
        ("False", 31, True),
        ("False", 3000, True),
        ("Unknown", 3000, False),
    ],
)
def test_that_a_pod_was_ready_is_seen_from_when_its_readiness_changed(ready: str, since: int, was_ready: bool) -> None:
    condition = {"type": "Ready", "status": ready, "lastTransitionTime": at(since)}
    assert seen.pod(made({"startTime": at(0), "conditions": [condition]})).was_ready is was_ready


@pytest.mark.parametrize(
    "status",
    [
        {"startTime": at(0)},
        {"startTime": at(0), "conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": None}]},
        {"conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": at(3000)}]},
    ],
)
def test_where_no_times_tell_it_was_not(status: dict[str, Any]) -> None:
    assert not seen.pod(made(status)).was_ready
