"""Whether this generation is in force while the Deployment's controller has not looked at a change yet."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.operator.seen import (
    COUNTS,
    NEW,
    OLD,
    REVISION,
    SCALED,
    all_up,
    condition,
    deployment,
    pod,
    serving,
    told,
    wanted,
)

from modelserver_operator.rolls import is_whole
from modelserver_operator.status import Children

PODS: dict[str, Any] = {
    "metadata": {"labels": {"app": "demo"}},
    "spec": {"containers": [{"name": "runtime", "image": "two"}]},
}
FORMER: dict[str, Any] = {
    "metadata": {"labels": {"app": "demo"}},
    "spec": {"containers": [{"name": "runtime", "image": "one"}]},
}


def unseen(replicas: int = 2, template: dict[str, Any] = PODS) -> dict[str, Any]:
    """A Deployment that was changed a moment ago; its counts are those of before, of two pods."""
    found = all_up(2)
    found["metadata"]["generation"] += 1
    found["spec"] |= {"replicas": replicas, "template": template}
    return found


def replica_set(
    uid: str, revision: str, template: dict[str, Any], pods: int, *, available: int | None = None, seen: int = 1
) -> dict[str, Any]:
    """As its controller last counted."""
    labels = template["metadata"]["labels"] | {"pod-template-hash": revision}
    hashed: dict[str, Any] = template | {"metadata": {"labels": labels, "creationTimestamp": None}}
    counted = {"replicas": pods, "availableReplicas": pods if available is None else available}
    return {
        "metadata": {"uid": uid, "generation": 1, "annotations": {REVISION: revision}},
        "spec": {"replicas": pods, "template": hashed},
        "status": {"observedGeneration": seen, **{name: count for name, count in counted.items() if count}},
    }


WITHOUT_TIME = {**PODS, "metadata": {**PODS["metadata"], "creationTimestamp": None}}
GONE = replica_set(OLD, "1", FORMER, 0)


@pytest.mark.parametrize(
    ("deployed", "replica_sets", "ready"),
    [
        (unseen(template=WITHOUT_TIME), [GONE, replica_set(NEW, "2", PODS, 2)], "True"),  # an annotation
        (unseen(1, WITHOUT_TIME), [GONE, replica_set(NEW, "2", PODS, 2)], "True"),  # fewer are asked for
        (unseen(template=FORMER), [GONE, replica_set(NEW, "2", PODS, 2)], "False"),  # another template, as once before
        (unseen(template=WITHOUT_TIME), [replica_set(OLD, "1", FORMER, 1), replica_set(NEW, "2", PODS, 2)], "False"),
        (unseen(template=WITHOUT_TIME), [GONE, replica_set(NEW, "2", PODS, 2, available=1)], "False"),
        (unseen(template=WITHOUT_TIME), [GONE, replica_set(NEW, "2", PODS, 2, seen=0)], "False"),  # nobody has counted
        (unseen(template=WITHOUT_TIME), [GONE, replica_set(NEW, "3", PODS, 2)], "False"),  # not the one it goes by
        (unseen(template=WITHOUT_TIME), [], "False"),
    ],
)
def test_a_change_that_replaces_nothing_unsets_nothing(
    deployed: dict[str, Any], replica_sets: list[dict[str, Any]], ready: str
) -> None:
    """The Deployment says all the while that two of two pods are updated and available."""
    children = Children(deployment=deployed, replica_sets=replica_sets, pods=serving(deployed))
    found = told(wanted(replicas=deployed["spec"]["replicas"]), children)
    assert {name: deployed["status"][name] for name in COUNTS} == dict.fromkeys(COUNTS, 2)
    assert condition(found, "Ready")["status"] == ready
    assert is_whole(deployed, replica_sets, deployed["spec"]["replicas"]) is (ready == "True")  # nor does a turn last


MADE = replica_set(NEW, "2", PODS, 2)
AS_BEFORE = unseen(2, WITHOUT_TIME)
ONE = pod(ready=True)
COUNTER = "the Deployment's controller has yet to count"


LEAVING = pod(ready=True, deletionTimestamp="2026-03-01T12:00:20Z")
ONE_ANSWERS = "1 of 2 pods runs this generation, 1 pod answers."
NONE_ANSWERS = "0 of 1 pod runs this generation, 0 pods answer."


@pytest.mark.parametrize(
    ("pods", "ready", "available"),
    [
        ([ONE, LEAVING], ONE_ANSWERS, ("True", "Serving", "1 pod can answer requests.")),
        ([LEAVING], NONE_ANSWERS, ("False", "RolloutInProgress", NONE_ANSWERS)),
    ],
)
def test_a_pod_that_was_just_deleted_does_not_count_though_it_is_counted_once_more(
    pods: list[dict[str, Any]], ready: str, available: tuple[str, str, str]
) -> None:
    """Somebody set another number and it is put right: all are counted, and one of them is to end."""
    children = Children(deployment=all_up(len(pods)), replica_sets=[GONE, MADE], pods=pods)
    found = told(wanted(replicas=len(pods)), children)
    assert said(found, "Ready") == ("False", "RolloutInProgress", ready)
    assert said(found, "Available") == available
    assert said(found, "Progressing") == ("True", "RolloutInProgress", ready)


def said(found: dict[str, Any], kind: str) -> tuple[str, str, str]:
    told_of = condition(found, kind)
    return told_of["status"], told_of["reason"], told_of["message"]


def test_of_an_autoscaled_server_it_does_not_count_either() -> None:
    children = Children(deployment=all_up(3), pods=[ONE, ONE, LEAVING])
    found = told(wanted(**SCALED), children)
    assert said(found, "Ready") == ("True", "Ready", "2 pods run this generation and answer.")


@pytest.mark.parametrize(
    ("deployed", "made", "pods", "reason", "message"),
    [
        (
            unseen(3, WITHOUT_TIME),
            MADE,
            [ONE, ONE],
            "AddingPods",
            "1 pod is added: 2 of 3 pods run this generation, 2 pods answer. No pod is replaced.",
        ),
        (
            unseen(4, WITHOUT_TIME),
            MADE,
            [ONE],
            "AddingPods",
            "3 pods are added: 1 of 4 pods runs this generation, 1 pod answers. No pod is replaced.",
        ),
        (
            unseen(3, WITHOUT_TIME),  # one is there, and who counts them has not looked yet
            replica_set(NEW, "2", PODS, 2, seen=0),
            [ONE, ONE, ONE],
            "AddingPods",
            f"3 of 3 pods run this generation and are Ready, and {COUNTER} them all. No pod is replaced.",
        ),
        (
            AS_BEFORE,  # one was not ready for a moment
            replica_set(NEW, "2", PODS, 2, available=1),
            [ONE, ONE],
            "AddingPods",
            f"2 of 2 pods run this generation and are Ready, and {COUNTER} them all. No pod is replaced.",
        ),
        (
            unseen(1, WITHOUT_TIME),
            replica_set(NEW, "2", PODS, 1, available=0),
            [ONE],
            "AddingPods",
            f"1 of 1 pod runs this generation and is Ready, and {COUNTER} it. No pod is replaced.",
        ),
        (unseen(3, FORMER), MADE, [ONE, ONE], "RolloutInProgress", "0 of 3 pods run this generation, 2 pods answer."),
        (
            unseen(3, WITHOUT_TIME),
            MADE,
            [ONE, ONE, pod(ready=True, owner=OLD)],
            "RolloutInProgress",
            "2 of 3 pods run this generation, 2 pods answer.",
        ),
        (unseen(3, WITHOUT_TIME), MADE, [], "RolloutInProgress", "0 of 3 pods run this generation, 0 pods answer."),
    ],
)
def test_who_adds_pods_replaces_none(
    deployed: dict[str, Any], made: dict[str, Any], pods: list[dict[str, Any]], reason: str, message: str
) -> None:
    children = Children(deployment=deployed, replica_sets=[GONE, made], pods=pods)
    found = condition(told(wanted(replicas=deployed["spec"]["replicas"]), children), "Ready")
    assert (found["status"], found["reason"], found["message"]) == ("False", reason, message)


NEWBORN = deployment(asked=1, generation=1)
del NEWBORN["metadata"]["annotations"], NEWBORN["status"]
NEWBORN["spec"]["template"] = WITHOUT_TIME
FIRST = replica_set(NEW, "1", PODS, 0)
REPLACED = deployment(asked=1)
REPLACED["spec"]["template"] = WITHOUT_TIME


@pytest.mark.parametrize(
    ("deployed", "replica_sets", "reason"),
    [
        (NEWBORN, [], "AddingPods"),
        (NEWBORN, [FIRST], "AddingPods"),  # which of its templates that is the Deployment does not say yet
        (REPLACED, [FIRST], "AddingPods"),  # its first pods are yet to be made, or were all removed
        (REPLACED, [replica_set(OLD, "1", FORMER, 0)], "RolloutInProgress"),  # the old ones are gone
        (REPLACED, [replica_set(OLD, "1", FORMER, 0), replica_set(NEW, "2", PODS, 0)], "RolloutInProgress"),
    ],
)
def test_a_newborn_server_replaces_nothing(
    deployed: dict[str, Any], replica_sets: list[dict[str, Any]], reason: str
) -> None:
    found = condition(told(wanted(), Children(deployment=deployed, replica_sets=replica_sets)), "Ready")
    says = {
        "AddingPods": "1 pod is added: 0 of 1 pod runs this generation, 0 pods answer. No pod is replaced.",
        "RolloutInProgress": "0 of 1 pod runs this generation, 0 pods answer.",
    }
    assert (found["status"], found["reason"], found["message"]) == ("False", reason, says[reason])
