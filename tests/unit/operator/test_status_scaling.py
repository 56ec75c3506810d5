"""ScalingActive and status.autoscaling: what the scaler decided and why."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.operator.scalers import SCALED_OBJECT, at_work, scaler
from tests.unit.operator.seen import (
    REPLICA_SETS,
    SCALED,
    answers,
    condition,
    pod,
    running,
    scaled,
    serving,
    told,
    up,
    wanted,
)

from modelserver_operator.status import Children, Load, Scalers, is_news

OBJECT = scaler(SCALED_OBJECT)
KEDA: dict[str, Any] = {"autoscaling": SCALED["autoscaling"] | {"metricsSource": "KEDA"}}


def working(desired: int = 3, load: int | None = 12, previous: dict[str, Any] | None = None, **more: Any) -> Any:
    """The status of a server whose pods have so many requests."""
    known = None if load is None else Load(load, 4)
    return scaled(Scalers(hpa=at_work(desired, **more)), previous, load=known)


def message(status: dict[str, Any]) -> str:
    return str(condition(status, "ScalingActive")["message"])


@pytest.mark.parametrize(
    ("found", "decision", "sentence"),
    [
        (
            {"desired": 3, "load": 12},
            (12, 3, None),
            "3 pods for 12 unfinished requests, where one pod should have 4",
        ),
        ({"desired": 1, "load": 1}, (1, 1, None), "1 pod for 1 unfinished request, "),
        ({"desired": 5, "load": 18}, (18, 5, None), "5 pods for 18 unfinished requests, "),
        # Read after the scaler has looked.
        ({"desired": 5, "load": 10}, (10, 5, None), "5 pods, where one pod should have 4 unfinished requests. By now "),
        ({"desired": 1, "load": 9}, (9, 1, None), "By now there are 9."),
        # Scalers leave out a tenth.
        ({"desired": 5, "load": 22}, (22, 5, None), "5 pods for 22 unfinished requests, "),
        (
            {"desired": 4, "load": 36, "ScalingLimited": "True/TooManyReplicas"},
            (36, 4, "MaxReplicas"),
            "spec.autoscaling.maxReplicas, 4, allows no more.",
        ),
        (
            {"desired": 1, "load": 0, "ScalingLimited": "True/TooFewReplicas"},
            (0, 1, "MinReplicas"),
            "spec.autoscaling.minReplicas, 1, allows no fewer.",
        ),
        (
            {"desired": 3, "load": 40, "ScalingLimited": "True/ScaleUpLimit"},
            (40, 3, "ScaleUpPolicy"),
            "More follow: within 15 s at most 4 are added, or as many as there were.",
        ),
        (
            {"desired": 3, "load": 0, "ScalingLimited": "True/ScaleDownLimit"},
            (0, 3, "ScaleDownPolicy"),
            "Others go later: within 15 s no more are removed.",
        ),
        (
            {"desired": 3, "load": 3, "AbleToScale": "True/ScaleDownStabilized"},
            (3, 3, "ScaleDownWindow"),
            "Fewer would do; pods go when they were not needed for 300 s (spec.autoscaling.scaleDownWindowSeconds).",
        ),
        # With the least pods none will go, whatever the window says.
        (
            {"desired": 1, "load": 0, "AbleToScale": "True/ScaleDownStabilized"},
            (0, 1, "MinReplicas"),
            "spec.autoscaling.minReplicas, 1, allows no fewer.",
        ),
        (
            {"desired": 4, "load": None, "asked": False},
            (None, 4, "MaxReplicas"),
            "decision: 4 pods. spec.autoscaling.maxReplicas",
        ),
        (
            {"desired": 1, "load": None, "asked": False},
            (None, 1, "MinReplicas"),
            "decision: 1 pod. spec.autoscaling.minReplicas",
        ),
    ],
)
def test_a_decision_is_told_with_its_numbers(found: dict[str, Any], decision: tuple[Any, ...], sentence: str) -> None:
    status = working(**found)
    made = status["autoscaling"]
    names = ("unfinishedRequests", "desiredReplicas", "boundedBy")
    assert tuple(made.get(name) for name in names) == decision
    assert (made["source"], made["target"]) == ("BuiltIn", 4)
    assert answers(status)["ScalingActive"] == ("True", "Scaling")
    assert sentence in message(status)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"load": 12}, {"load": 11}),
        ({"load": 12}, {"load": 11, "ScalingLimited": "True/TooFewReplicas"}),
        ({"load": 12}, {"load": 12, "AbleToScale": "True/SucceededRescale"}),
        ({"load": 3, "AbleToScale": "True/ScaleDownStabilized"}, {"load": 12}),
        ({"desired": 4, "load": 36, "ScalingLimited": "True/TooManyReplicas"}, {"desired": 4, "load": 12}),
    ],
)
def test_the_same_decision_is_told_once_whatever_the_load(first: dict[str, Any], then: dict[str, Any]) -> None:
    before = working(**first)
    now = working(**then, previous=before)
    assert now == before
    assert not is_news(before, now)


@pytest.mark.parametrize(
    ("first", "then", "event"),
    [
        ({"desired": 3}, {"desired": 4}, True),
        ({"desired": 3}, {"desired": 2}, True),
        ({"desired": 4}, {"desired": 4, "ScalingLimited": "True/TooManyReplicas"}, True),
        ({"desired": 3}, {"desired": 3, "AbleToScale": "True/ScaleDownStabilized"}, False),
    ],
)
def test_another_decision_is_told(first: dict[str, Any], then: dict[str, Any], event: bool) -> None:
    before = working(**first)
    now = working(**then, previous=before)
    assert now["autoscaling"] != before["autoscaling"]
    assert is_news(before, now) is event


@pytest.mark.parametrize(("desired", "event"), [(3, False), (4, True)])
def test_the_first_decision_is_an_event_where_it_changes_the_number(desired: int, event: bool) -> None:
    before = scaled(Scalers())
    assert is_news(before, working(desired, previous=before)) is event


def test_pods_that_were_assumed_are_told_of_when_it_is_decided() -> None:
    load = Load(12, 4, pods=3, assumed=1)
    first = scaled(Scalers(hpa=at_work()), load=load)
    assert "1 pod did not answer and counted for what they had" in message(first)
    assert scaled(Scalers(hpa=at_work()), first, load=Load(12, 4, pods=3)) == first


@pytest.mark.parametrize(
    ("desired", "word", "spec"),
    [(4, "TooManyReplicas", {"maxReplicas": 5}), (2, "TooFewReplicas", {"minReplicas": 1})],
)
def test_a_bound_that_a_new_spec_has_moved_is_told_no_longer(desired: int, word: str, spec: dict[str, Any]) -> None:
    """Though the scaler, which has not looked since, says it still."""
    former = {"autoscaling": SCALED["autoscaling"] | {"minReplicas": 2}}
    bounded = Scalers(hpa=at_work(desired, ScalingLimited=f"True/{word}"))
    before = scaled(bounded, spec=former) | {"observedGeneration": 6}
    assert "boundedBy" in before["autoscaling"]
    now = scaled(bounded, before, spec={"autoscaling": former["autoscaling"] | spec})
    assert "boundedBy" not in now["autoscaling"]
    assert "allows no" not in message(now)


def test_a_new_spec_is_told_in_its_own_numbers() -> None:
    waits = Scalers(hpa=at_work(AbleToScale="True/ScaleDownStabilized"))
    before = scaled(waits) | {"observedGeneration": 6}
    spec = {"autoscaling": SCALED["autoscaling"] | {"scaleDownWindowSeconds": 60}}
    assert "were not needed for 60 s" in message(scaled(waits, before, spec=spec))


def test_what_keda_decides_is_told_alike() -> None:
    status = scaled(Scalers(scaled_object=OBJECT, of_keda=at_work()), load=Load(12, 4), spec=KEDA)
    assert status["autoscaling"]["source"] == "KEDA"
    assert "3 pods for 12 unfinished requests" in message(status)


def test_the_choice_of_the_source_stands_before_any_decision() -> None:
    assert scaled(Scalers())["autoscaling"] == {"source": "BuiltIn"}


def test_ready_tells_how_many_answer() -> None:
    live = up(3, ready=2)
    status = told(wanted(**SCALED), Children(deployment=live, pods=serving(live), scalers=Scalers(hpa=at_work())))
    assert condition(status, "Ready")["message"] == "2 pods run this generation and answer."


@pytest.mark.parametrize(
    ("added", "answer"),
    [
        (pod(scheduled="0/1 nodes are available: 1 Insufficient cpu."), ("False", "Unschedulable")),
        (pod(running(10)), ("True", "Loading")),
    ],
)
def test_a_pod_that_the_scaler_has_added_is_told_of(added: dict[str, Any], answer: tuple[str, str]) -> None:
    """Ready does without it, and yet something is left to be done."""
    live = up(2, ready=1)
    children = Children(deployment=live, replica_sets=REPLICA_SETS, pods=serving(live, added))
    found = answers(told(wanted(**SCALED), children))
    assert (found["Ready"], found["Progressing"]) == (("True", "Ready"), answer)


def test_a_pod_that_the_scaler_may_not_add_is_told_of() -> None:
    """By a quota, say: it does not even exist."""
    refused = {"type": "ReplicaFailure", "status": "True", "message": 'pods "x" is forbidden: exceeded quota'}
    live = up(2)
    live["spec"]["replicas"], live["status"]["conditions"] = 4, [refused]
    found = told(wanted(**SCALED), Children(deployment=live, pods=serving(live), scalers=Scalers(hpa=at_work(4))))
    assert answers(found)["Ready"] == ("True", "Ready")
    assert answers(found)["Progressing"] == ("False", "RejectedByAPIServer")
    assert "exceeded quota" in condition(found, "Progressing")["message"]
