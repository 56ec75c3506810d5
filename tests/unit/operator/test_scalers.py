"""Whose the scalers around a ModelServer are, and which may be made beside them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.operator.scalers import (
    DEPLOYMENT,
    HPA,
    MODEL_SERVER,
    OURS,
    SCALED_OBJECT,
    SERVER,
    of_keda,
    scaler,
)

from modelserver_operator.children import Family
from modelserver_operator.scalers import may_be_made, scalers, target_of
from modelserver_operator.status import Scalers

OWN = scaler()
OWN_OBJECT = scaler(SCALED_OBJECT)
KEDAS = scaler(name="keda-hpa-demo", owner=of_keda("demo"))
THEIRS = scaler(name="mine", owner=None)
THEIR_OBJECT = scaler(SCALED_OBJECT, "mine", owner=None)
OF_THEIR_OBJECT = scaler(name="keda-hpa-mine", owner=of_keda("mine"))
SAME_NAME = scaler(SCALED_OBJECT, owner=None)
ON_SERVER = scaler(name="mine", owner=None, target=MODEL_SERVER)
ELSEWHERE = scaler(name="mine", owner=None, target=DEPLOYMENT | {"name": "other"})

NAMESAKE = scaler(owner=None, target=DEPLOYMENT | {"kind": "StatefulSet"})


def found(*members: dict[str, Any]) -> Scalers:
    return scalers(Family(SERVER, list(members)))


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([], Scalers()),
        ([OWN], Scalers(hpa=OWN)),
        ([OWN_OBJECT, KEDAS], Scalers(scaled_object=OWN_OBJECT, of_keda=KEDAS)),
        ([KEDAS], Scalers(of_keda=KEDAS)),  # KEDA's own is about to go
        ([OWN, THEIRS], Scalers(hpa=OWN, on_pods=(f"{HPA} mine",))),
        ([THEIR_OBJECT, OF_THEIR_OBJECT], Scalers(on_pods=(f"{SCALED_OBJECT} mine",))),
        ([OF_THEIR_OBJECT], Scalers(on_pods=(f"{HPA} keda-hpa-mine",))),
        ([SAME_NAME, KEDAS], Scalers(on_pods=(f"{SCALED_OBJECT} demo",))),
        ([ON_SERVER], Scalers(on_server=(f"{HPA} mine",))),
        ([ELSEWHERE], Scalers()),
        ([NAMESAKE], Scalers()),
    ],
)
def test_owners_say_whose_it_is(members: list[dict[str, Any]], expected: Scalers) -> None:
    assert found(*members) == expected


@pytest.mark.parametrize(
    ("members", "hpa", "scaled_object"),
    [
        ([], True, True),
        ([OWN], True, False),
        ([OWN_OBJECT], False, True),
        ([OWN_OBJECT, KEDAS], False, True),
        ([KEDAS], False, True),
        ([THEIRS], False, False),
        ([OWN, THEIRS], False, False),
        ([ON_SERVER], False, False),
        ([ELSEWHERE], True, True),
    ],
)
def test_no_two_are_made(members: list[dict[str, Any]], hpa: bool, scaled_object: bool) -> None:
    there = found(*members)
    assert (may_be_made(OWN, there), may_be_made(OWN_OBJECT, there)) == (hpa, scaled_object)
    assert may_be_made({"kind": "Service"}, there)


@pytest.mark.parametrize(
    ("target", "name"),
    [
        (DEPLOYMENT, "demo"),
        ({"name": "demo"}, "demo"),  # as a ScaledObject may say it
        (MODEL_SERVER, "demo"),
        (DEPLOYMENT | {"kind": "StatefulSet"}, None),
        (DEPLOYMENT | {"apiVersion": "example.com/v1"}, None),
        (MODEL_SERVER | {"apiVersion": "example.com/v1"}, None),
    ],
)
def test_what_it_scales(target: dict[str, Any], name: str | None) -> None:
    assert target_of(scaler(owner=OURS, target=target)) == name
