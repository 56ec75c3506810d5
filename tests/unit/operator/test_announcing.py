"""Which Events a new status is worth: one for each transition, and none for what passes by itself beside Ready."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.operator.scalers import at_work
from tests.unit.operator.seen import (
    REPLICA_SETS,
    SCALED,
    condition,
    pod,
    running,
    serving,
    told,
    up,
    waiting,
    wanted,
)

from modelserver_operator.announcing import notes
from modelserver_operator.resolve import ASSUMED, Facts, Resolved
from modelserver_operator.status import Children, Load, Scalers, Turn

Status = dict[str, Any]
ABSENT = Facts(kinds=ASSUMED.kinds, kubernetes=None)
UNREAD = at_work(2, ScalingActive="FailedGetObjectMetric")
NO_ROOM = pod(scheduled="0/3 nodes: 3 Insufficient nvidia.com/gpu.")
LOADS, LOADS_ON = pod(running(5)), pod(running(95))
ENDS = pod(waiting("CrashLoopBackOff") | {"lastState": {"terminated": {"exitCode": 1, "message": "no."}}})


def of_pods(
    *pods: dict[str, Any], there: int = 3, answering: int = 2, turn: Turn | None = None, refused: str = ""
) -> Status:
    """The status of an autoscaled server that serves with one pod, to which its scaler adds others."""
    live = up(there, answering)
    live["status"]["conditions"] = [{"type": "ReplicaFailure", "status": "True", "message": refused}] if refused else []
    scalers = Scalers(hpa=at_work())
    every = serving(live, *pods)
    children = Children(deployment=live, replica_sets=REPLICA_SETS, pods=every, turn=turn, scalers=scalers)
    return told(wanted(**SCALED), children)


def of_scaler(
    hpa: dict[str, Any] | None,
    previous: Status | None = None,
    *,
    facts: Facts = ASSUMED,
    answering: int = 2,
    **more: Any,
) -> Status:
    """The status of one of which so many pods answer, with this scaler."""
    outcome: Resolved = wanted(facts, **{**SCALED, **more})
    load = Load(3, 4) if answering else Load(None, 4, why="no pod answers")
    live = up(2, ready=answering)
    children = Children(deployment=live, pods=serving(live), scalers=Scalers(hpa=hpa), load=load)
    return told(outcome, children, previous)


def said(before: Status, now: Status) -> list[tuple[str, bool]]:
    """The Events' reasons, and whether they are warnings."""
    return [(note.reason, note.warning) for note in notes(before, now)]


WHOLE = of_pods()


@pytest.mark.parametrize(
    ("before", "now", "events"),
    [
        (WHOLE, of_pods(NO_ROOM), [("Unschedulable", True)]),
        (of_pods(NO_ROOM), of_pods(NO_ROOM, NO_ROOM), []),  # the same for another pod
        (of_pods(LOADS), of_pods(ENDS), [("CrashLooping", True)]),
        (WHOLE, of_pods(refused="exceeded quota"), [("RejectedByAPIServer", True)]),
        (WHOLE, of_pods(turn=Turn(3, rolling=False)), [("WaitingForTurn", False)]),
        (WHOLE, of_pods(LOADS), []),
        (of_pods(LOADS), of_pods(LOADS_ON), []),
        (of_pods(NO_ROOM), of_pods(LOADS), []),
        (of_pods(LOADS), WHOLE, []),
        (WHOLE, of_pods(ENDS, answering=3), []),  # counted as ready still: perhaps Ready is next
        (of_pods(ENDS, answering=3), of_pods(ENDS), [("CrashLooping", True)]),
    ],
)
def test_pods_that_a_scaler_adds_are_told_of_where_they_need_somebody(
    before: Status, now: Status, events: list[tuple[str, bool]]
) -> None:
    assert condition(before, "Ready")["status"] == condition(now, "Ready")["status"] == "True"
    assert said(before, now) == events


@pytest.mark.parametrize(
    ("before", "now", "events"),
    [
        (of_scaler(None), of_scaler(at_work(2)), [("Scaling", False)]),
        (of_scaler(at_work(2)), of_scaler(None, facts=ABSENT), [("MetricsNotServed", True)]),
        (of_scaler(at_work(2)), of_scaler(UNREAD), [("MetricUnreadable", True)]),
        (of_scaler(UNREAD), of_scaler(at_work(2)), [("Scaling", False)]),
        (of_scaler(UNREAD), of_scaler(at_work(4)), [("Scaled", False)]),  # and no second one
        (of_scaler(at_work(2)), of_scaler(at_work(4)), [("Scaled", False)]),
        (of_scaler(None, answering=0), of_scaler(UNREAD, answering=0), [("LoadUnknown", False)]),
        (of_scaler(at_work(2)), of_scaler(None), []),
        (of_scaler(at_work(2)), of_scaler(at_work(2)), []),
    ],
)
def test_whether_it_scales_is_told_once(before: Status, now: Status, events: list[tuple[str, bool]]) -> None:
    assert said(before, now) == events


def test_what_ready_tells_is_told_once() -> None:
    """KEDA is asked for, and is not there: two conditions say so."""
    spec = {"autoscaling": SCALED["autoscaling"] | {"metricsSource": "KEDA"}}
    now = of_scaler(None, facts=Facts(kinds=frozenset(), kubernetes=None, metrics=ASSUMED.metrics), **spec)
    assert condition(now, "ScalingActive")["reason"] == "KindNotServed"
    assert said(of_scaler(at_work(2)), now) == [("KindNotServed", True)]


def test_what_is_wrong_is_told_by_ready_alone_where_it_is_not_true() -> None:
    loads, ends = of_pods(LOADS, answering=0), of_pods(ENDS, answering=0)
    assert said({}, loads) == [("Loading", False), ("Scaling", False)]
    assert said(loads, ends) == [("CrashLooping", True)]
    assert said(ends, of_pods(ENDS)) == [("Ready", False)]


def test_a_server_whose_scaler_is_no_longer_asked_for_says_nothing_of_it() -> None:
    assert said(of_scaler(at_work(2)), told(wanted(replicas=2), Children(deployment=up(2), pods=serving(up(2))))) == []
