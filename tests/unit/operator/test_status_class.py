"""What is told of a server whose class has changed, or that is not acted on, or lacks something that it asks for."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.operator.seen import (
    NOW,
    REPLICA_SETS,
    STARTING,
    all_up,
    answers,
    condition,
    deployment,
    pod,
    running,
    told,
    wanted,
)

from modelserver_operator.api import Reason
from modelserver_operator.resolve import Facts, Resolved, class_not_found
from modelserver_operator.status import Children, Failure, Turn, status

BEFORE = "2026-01-01T00:00:00Z"
BARE = Facts(kinds=frozenset(), kubernetes=(1, 36))
ROLLING = Turn(generation=3, rolling=True)
WAITING = Turn(generation=3, rolling=False, others=("team/a",))


def up(turn: Turn | None = None) -> Children:
    return Children(deployment=all_up(), replica_sets=REPLICA_SETS, pods=[pod(ready=True)], turn=turn)


def on_its_way(turn: Turn | None = None) -> Children:
    return Children(deployment=deployment(**STARTING), replica_sets=REPLICA_SETS, pods=[pod(running(5))], turn=turn)


def stored(**extra: Any) -> dict[str, Any]:
    """The status of a server that ran under the class's former generation."""
    of_then = wanted(engine={"maxSequences": 5})
    before = status(of_then, up(), {}, generation=7, class_generation=2, now=NOW)
    return before | extra


def test_a_server_that_waits_for_its_turn_serves_as_it_did() -> None:
    before = stored()
    found = told(wanted(), up(WAITING), before)
    assert answers(found) == {
        "Ready": ("True", "Ready"),
        "Reconciled": ("True", "Applied"),
        "Available": ("True", "Serving"),
        "Progressing": ("True", "WaitingForTurn"),
    }
    assert "but for the Deployment" in condition(found, "Reconciled")["message"]
    assert found["classGeneration"] == 2
    assert found["effective"] == before["effective"]
    assert "classRollout" not in found


@pytest.mark.parametrize(
    ("others", "says"),
    [
        ((), "this one serves as it is until it has its turn."),
        (("team/a",), "until team/a runs the new one."),
        (("a/1", "a/2", "a/3"), "until a/1, a/2, a/3 run the new one."),
        (("a/1", "a/2", "a/3", "a/4"), "until a/1, a/2, a/3 and others run the new one."),
    ],
)
def test_who_is_waited_for(others: tuple[str, ...], says: str) -> None:
    found = told(wanted(), up(Turn(3, rolling=False, others=others)), stored())
    assert condition(found, "Progressing")["message"].startswith("Class small has changed")
    assert condition(found, "Progressing")["message"].endswith(says)


def test_a_turn_is_told_before_the_first_pod_goes() -> None:
    """Everything still runs as it did, and must not be taken for the new."""
    found = told(wanted(), up(ROLLING), stored())
    assert answers(found)["Ready"] == ("False", "RolloutInProgress")
    assert answers(found)["Available"] == ("True", "Serving")
    assert "Class small has changed" in condition(found, "Ready")["message"]
    assert found["classRollout"] == {"generation": 3, "startedAt": "2026-03-01T12:00:00Z"}
    assert found["classGeneration"] == 3


@pytest.mark.parametrize(("generation", "started"), [(3, BEFORE), (2, "2026-03-01T12:00:00Z")])
def test_a_rollout_began_when_it_began(generation: int, started: str) -> None:
    before = stored(classRollout={"generation": generation, "startedAt": BEFORE})
    found = told(wanted(), on_its_way(ROLLING), before)
    assert found["classRollout"] == {"generation": 3, "startedAt": started}
    assert condition(found, "Ready")["reason"] == Reason.LOADING


def test_a_rollout_that_is_over_leaves_the_status() -> None:
    before = stored(classRollout={"generation": 3, "startedAt": BEFORE})
    found = told(wanted(), up(), before)
    assert "classRollout" not in found
    assert condition(found, "Ready")["status"] == "True"


def test_a_paused_server_is_left_as_it_is() -> None:
    before = stored()
    found = told(wanted(paused=True), up(), before)
    assert answers(found) == {
        "Ready": ("False", "Paused"),
        "Reconciled": ("False", "Paused"),
        "Available": ("True", "Serving"),
        "Progressing": ("False", "Paused"),
    }
    assert "Set spec.paused to false to go on." in condition(found, "Ready")["message"]
    assert (found["observedGeneration"], found["classGeneration"]) == (7, 2)
    assert found["effective"] == before["effective"]


def test_a_server_that_was_paused_from_the_first_has_no_address() -> None:
    found = told(wanted(paused=True), Children())
    assert answers(found)["Available"] == ("False", "Paused")
    assert "url" not in found


ENABLED: dict[str, Any] = {"monitoring": {"serviceMonitor": "Enabled"}}
SLO: dict[str, Any] = {"monitoring": {"slo": {"e2eP95Milliseconds": 300001}}}
BOTH: dict[str, Any] = {"monitoring": ENABLED["monitoring"] | SLO["monitoring"]}


@pytest.mark.parametrize(
    ("facts", "spec", "reason", "says"),
    [
        (BARE, ENABLED, Reason.KIND_NOT_SERVED, ["spec.monitoring.serviceMonitor needs the kind ServiceMonitor"]),
        (BARE, SLO, Reason.NOT_SERVED, ["spec.monitoring.slo.e2eP95Milliseconds is more than 300000 ms"]),
        (BARE, BOTH, Reason.KIND_NOT_SERVED, ["spec.monitoring.serviceMonitor", "spec.monitoring.slo"]),
    ],
)
def test_what_is_asked_for_and_not_done_is_told_when_all_else_is(
    facts: Facts, spec: dict[str, Any], reason: Reason, says: list[str]
) -> None:
    found = told(wanted(facts, **spec), up())
    assert answers(found) == {
        "Ready": ("False", reason),
        "Reconciled": ("False", reason),
        "Available": ("True", "Serving"),
        "Progressing": ("False", reason),
    }
    assert [words for words in says if words not in condition(found, "Ready")["message"]] == []


def test_a_pod_that_is_on_its_way_comes_before_what_is_not_done() -> None:
    assert condition(told(wanted(**SLO), on_its_way()), "Ready")["reason"] == Reason.LOADING


def test_a_contested_child_is_told_like_any_that_is_not_as_wanted() -> None:
    failure = Failure(Reason.CONTESTED, "spec.ports of Service demo is changed back by kubectl-edit.")
    found = told(wanted(), Children(deployment=all_up(), failure=failure))
    assert answers(found)["Ready"] == answers(found)["Reconciled"] == ("False", "Contested")
    assert condition(found, "Ready")["message"] == failure.message


@pytest.mark.parametrize("outcome", [wanted(), class_not_found("fast")])
def test_nobody_asks_for_a_scaler(outcome: Resolved) -> None:
    assert "ScalingActive" not in answers(told(outcome, up()))
