"""What is wanted of the cluster while a server waits for its turn: its Deployment stays, and so may its scaler."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.operator.resolving import resolved
from tests.unit.operator.scalers import HPA, OURS, SERVER, scaler

from modelserver_operator.children import Family
from modelserver_operator.desired import Owner
from modelserver_operator.room import Room
from modelserver_operator.wish import Wish
from modelserver_operator.wishes import wishes

IGNORED = "modelserver.dev/replicas-ignored"
SCALED: dict[str, Any] = {"autoscaling": {"maxReplicas": 9}}
MINE = scaler(name="mine", owner=None)


def waiting(spec: dict[str, Any], ignored: str = "", *scalers: dict[str, Any]) -> dict[str, Wish]:
    """What a server of seven pods wishes for, by kind."""
    annotations = {IGNORED: ignored} if ignored else {}
    deployment = {
        "kind": "Deployment",
        "metadata": {"name": "demo", "ownerReferences": [OURS], "annotations": annotations},
        "spec": {"replicas": 7, "template": {"spec": {}}},
    }
    family = Family(SERVER, [deployment, *scalers])
    return {
        each.kind: each for each in wishes(resolved(spec), Owner("demo", "team", "now"), family, held=True, room=Room())
    }


@pytest.mark.parametrize(
    ("spec", "ignored", "others", "unheard"),
    [
        ({"replicas": 3}, "3", [], False),
        ({"replicas": 3}, "1", [], False),  # 3 counts
        ({"replicas": 3}, "", [], True),  # the scaler was asked for and given up while the server waits
        ({"replicas": 3}, "", [MINE], False),  # two scalers would stop each other
        ({"replicas": 3, **SCALED}, "", [], False),
        ({"replicas": 3, **SCALED}, "", [MINE], False),
    ],
)
def test_a_scaler_goes_before_the_turn_where_its_number_is_not_lost(
    spec: dict[str, Any], ignored: str, others: list[dict[str, Any]], unheard: bool
) -> None:
    wish = waiting(spec, ignored, scaler(), *others)["Deployment"]
    assert wish.held
    assert wish.unheard is unheard


def test_a_drain_may_take_one_pod_beside_those_that_have_no_place() -> None:
    family, owner = Family(SERVER), Owner("demo", "team", "now")
    made = wishes(resolved({"replicas": 8}), owner, family, held=False, room=Room(unplaced=4))
    budget = next(each.manifest for each in made if each.kind == "PodDisruptionBudget")
    assert budget["spec"]["maxUnavailable"] == 5


def test_what_is_not_asked_for_is_not_wished_for() -> None:
    assert HPA not in waiting({"replicas": 3}, "3", scaler())
    assert HPA not in waiting(SCALED, "1", scaler(), MINE)
    assert HPA in waiting(SCALED, "1", scaler())
