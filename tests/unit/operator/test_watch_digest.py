"""Which events of scalers are worth a look: not those of a load that changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.operator.scalers import SCALED_OBJECT, at_work, conditions, scaler

from modelserver_operator.watch.digest import digest

HELD: dict[str, Any] = {"AbleToScale": "True/ScaleDownStabilized"}
AT_MOST: dict[str, Any] = {"ScalingLimited": "True/TooManyReplicas"}
FALLBACK = scaler(SCALED_OBJECT) | {"status": {"conditions": conditions(Ready="True", Fallback="True")}}
ANSWERED = scaler(SCALED_OBJECT) | {"status": {"conditions": conditions(Ready="True", Fallback="False")}}


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (at_work(), at_work() | {"status": at_work()["status"] | {"currentMetrics": [{"type": "Object"}]}}),
        (at_work(), at_work(ScalingLimited="True/TooFewReplicas")),
        (at_work(), at_work(AbleToScale="True/SucceededRescale")),
        (at_work(**HELD), at_work()),
        (at_work(**AT_MOST), at_work()),
        (at_work(**AT_MOST), at_work(**HELD)),
        (at_work(), at_work() | {"metadata": at_work()["metadata"] | {"resourceVersion": "9"}}),
        (ANSWERED, ANSWERED | {"status": ANSWERED["status"] | {"lastActiveTime": "2026-03-01T12:00:00Z"}}),
    ],
)
def test_nothing_that_is_used_has_changed(before: dict[str, Any], now: dict[str, Any]) -> None:
    known = digest(before, None)
    assert digest(now, known) == known


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (at_work(3), at_work(4)),
        (at_work(), at_work(**HELD)),
        (at_work(**HELD), at_work(**AT_MOST)),
        (at_work(), at_work(ScalingActive="FailedGetObjectMetric")),
        (at_work(ScalingActive="FailedGetObjectMetric"), at_work(ScalingActive="AmbiguousSelector")),
        (at_work(), scaler()),
        (scaler(), scaler(labels={"app": "other"})),
        (scaler(), scaler(deletionTimestamp="2026-03-01T12:00:00Z")),
        (scaler(), scaler(target={"kind": "Deployment", "name": "other"})),
        (ANSWERED, FALLBACK),
    ],
)
def test_something_that_is_used_has_changed(before: dict[str, Any], now: dict[str, Any]) -> None:
    known = digest(before, None)
    assert digest(now, known) != known


def test_what_was_told_of_one_number_is_told_again_of_another() -> None:
    told = digest(at_work(4, **HELD), digest(at_work(3, **HELD), None))
    quiet = digest(at_work(4), digest(at_work(3, **HELD), None))
    assert told != quiet
