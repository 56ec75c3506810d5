"""Who sets the number of pods, as a table: what a scaler has set is never taken back unless somebody asks."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.operator.resolving import resolved
from tests.unit.operator.scalers import scaler

from modelserver_operator.scaling import Scale, scale
from modelserver_operator.status import Scalers
from modelserver_operator.wish import REPLICAS_MANAGER

SCALED: dict[str, Any] = {"autoscaling": {"minReplicas": 2, "maxReplicas": 9}}
IGNORED = "modelserver.dev/replicas-ignored"
NOBODY, OURS, THEIRS = Scalers(), Scalers(hpa=scaler()), Scalers(on_pods=("HorizontalPodAutoscaler mine",))


def deployment(replicas: int, ignored: int | None = None) -> dict[str, Any]:
    annotations = {} if ignored is None else {IGNORED: str(ignored)}
    return {"metadata": {"name": "demo", "annotations": annotations}, "spec": {"replicas": replicas}}


@pytest.mark.parametrize(
    ("spec", "live", "there", "expected"),
    [
        # Without a scaler it is spec.replicas, always.
        ({"replicas": 3}, None, NOBODY, Scale(3, None)),
        ({"replicas": 3}, deployment(5), NOBODY, Scale(3, None)),
        ({"replicas": 0}, deployment(5), NOBODY, Scale(0, None)),
        # With one, only where there is no number yet, or one at which a scaler does nothing.
        ({"replicas": 3, **SCALED}, None, NOBODY, Scale(2, 3)),
        ({"replicas": 3, **SCALED}, deployment(7), OURS, Scale(None, 3)),
        ({"replicas": 3, **SCALED}, deployment(1), OURS, Scale(None, 3)),
        ({"replicas": 0, **SCALED}, deployment(0), NOBODY, Scale(2, 0)),
        ({"replicas": 0, **SCALED}, deployment(0, ignored=0), OURS, Scale(2, 0)),
        ({"replicas": 3, **SCALED}, deployment(7, ignored=1), OURS, Scale(None, 3)),
        ({"replicas": 3, **SCALED}, deployment(7, ignored=3), THEIRS, Scale(None, 3)),
        # Gone, its number stays until another is asked for.
        ({"replicas": 3}, deployment(7, ignored=3), NOBODY, Scale(None, 3)),
        ({"replicas": 3}, deployment(7, ignored=3), OURS, Scale(None, 3)),
        ({"replicas": 0}, deployment(7, ignored=0), NOBODY, Scale(0, None)),  # which is no default
        ({"replicas": 0}, deployment(7), OURS, Scale(0, None)),
        ({"replicas": 4}, deployment(7, ignored=3), NOBODY, Scale(4, None)),
        ({"replicas": 4}, deployment(7, ignored=3), OURS, Scale(4, None)),
        ({"replicas": 3}, deployment(0, ignored=3), NOBODY, Scale(3, None)),
        # The Deployment waits for its turn and has not heard yet.
        ({"replicas": 3}, deployment(7), OURS, Scale(None, 3)),
        # Somebody else's is left alone, but for a new number of people's.
        ({"replicas": 3}, None, THEIRS, Scale(3, 3)),
        ({"replicas": 3}, deployment(7), THEIRS, Scale(None, 3)),
        ({"replicas": 3}, deployment(7, ignored=3), THEIRS, Scale(None, 3)),
        ({"replicas": 0}, deployment(7, ignored=3), THEIRS, Scale(0, 0)),
        ({"replicas": 3, **SCALED}, deployment(0, ignored=3), THEIRS, Scale(None, 3)),  # it may go to zero
        ({"replicas": 3}, deployment(0, ignored=3), THEIRS, Scale(None, 3)),
    ],
)
def test_who_sets_the_number(
    spec: dict[str, Any], live: dict[str, Any] | None, there: Scalers, expected: Scale
) -> None:
    assert scale(resolved(spec), live, there) == expected


def test_what_somebody_wrote_into_the_annotation_is_no_number() -> None:
    live = deployment(7)
    live["metadata"]["annotations"] = {IGNORED: "many"}
    assert scale(resolved({"replicas": 3}), live, NOBODY) == Scale(3, None)


def test_a_birth_that_was_cut_off_is_finished_with_the_number_that_there_is() -> None:
    """The manager of the number owns all of what it has made, until it applies the number alone."""
    entry = {
        "manager": REPLICAS_MANAGER,
        "operation": "Apply",
        "fieldsV1": {"f:spec": {"f:replicas": {}, "f:paused": {}}},
    }
    live = deployment(2)
    live["metadata"]["managedFields"] = [entry]
    assert scale(resolved({"replicas": 3, **SCALED}), live, NOBODY) == Scale(2, 3)
    entry["fieldsV1"] = {"f:spec": {"f:replicas": {}}}
    assert scale(resolved({"replicas": 3, **SCALED}), live, NOBODY) == Scale(None, 3)
