"""How a server with vectors may be steered: by default, and as it says."""

from __future__ import annotations

from typing import Any

import pytest
from tests.crd_cases import VECTORS
from tests.unit.operator.resolving import resolved

from modelserver_operator.resolve import effective


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (
            {},
            {"perRequest": ("Enabled", "default with vectors"), "maxActiveMixes": (64, "default")},
        ),
        (
            {"perRequest": "Disabled", "maxActiveMixes": 8},
            {
                "perRequest": ("Disabled", "spec.emotions.perRequest"),
                "maxActiveMixes": (8, "spec.emotions.maxActiveMixes"),
            },
        ),
    ],
)
def test_what_is_in_force_is_told_with_its_reason(asked: dict[str, Any], told: dict[str, tuple[object, str]]) -> None:
    found = dict(effective(resolved({"emotions": {"vectors": VECTORS, **asked}})))
    values = {name: (valued.value, valued.reason) for name, valued in found.items() if name.startswith("emotions.")}
    assert values == {f"emotions.{name}": each for name, each in told.items()}


@pytest.mark.parametrize("spec", [{}, {"emotions": {"perRequest": "Enabled", "maxActiveMixes": 8}}])
def test_without_vectors_nothing_is_steered_and_nothing_told(spec: dict[str, Any]) -> None:
    found = resolved(spec)
    assert found.steering is None
    assert not [name for name, _ in effective(found) if name.startswith("emotions.")]
