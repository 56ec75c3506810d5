"""A vector that exists can be used: what could not steer is refused when it is made."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.identity import ModelIdentity
from modelserver_runtime.vectors.vector import Band, Calibration, Description, Vector

LAYERS, WIDTH = 3, 4
DESCRIPTION = Description(
    name="anger",
    model=ModelIdentity(name="demo", config_sha256="0" * 64, layers=LAYERS, hidden_size=WIDTH),
    method="mean-difference",
    data="test",
    band=Band(first=1, last=2),
    factor=0.5,
    calibration=Calibration(kl_per_token=0.5, text="test"),
)


def unit_rows() -> Any:
    return np.eye(LAYERS, WIDTH, dtype=np.float32)


def norms() -> Any:
    return np.array([1, 2, 4], dtype=np.float32)


@pytest.mark.parametrize(("layer", "expected"), [(0, [0, 0, 0, 0]), (1, [0, 2, 0, 0]), (2, [0, 0, 4, 0])])
def test_the_addition_is_scale_times_factor_times_norm_inside_the_band(layer: int, expected: list[float]) -> None:
    vector = Vector(DESCRIPTION, unit_rows(), norms())

    delta = vector.delta(layer, scale=2.0)

    assert delta.dtype == np.float32
    assert delta.tolist() == expected


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"direction": unit_rows().astype(np.float64)}, "must be float32, not float64"),
        ({"direction": unit_rows()[:2]}, r"direction has shape \(2, 4\), and the model \(3, 4\)"),
        ({"norm": norms()[:2]}, r"norm has shape \(2,\), and the model 3 layers"),
        ({"direction": 2 * unit_rows()}, "a direction has length 2.0000, and must have 1"),
        ({"direction": np.full((LAYERS, WIDTH), np.nan, dtype=np.float32)}, "a number is not finite"),
        ({"norm": np.zeros(LAYERS, dtype=np.float32)}, "a layer's norm is not above 0"),
        (
            {"description": DESCRIPTION.model_copy(update={"factor": 1e38})},
            r"factor × norm reaches 4e\+38, and may be 1e\+12 at most",
        ),
        ({"norm": np.full(LAYERS, 3e12, dtype=np.float32)}, r"factor × norm reaches 1\.5e\+12"),
        (
            {"description": DESCRIPTION.model_copy(update={"band": Band(first=0, last=3)})},
            "the band ends at layer 3, and the last layer is 2",
        ),
    ],
)
def test_what_cannot_steer_is_refused(change: dict[str, Any], message: str) -> None:
    good = Vector(DESCRIPTION, unit_rows(), norms())

    with pytest.raises(VectorError, match=f"vector 'anger': .*{message}"):
        replace(good, **change)


def test_a_band_runs_upwards() -> None:
    with pytest.raises(ValidationError, match="first must not lie after last"):
        Band(first=2, last=1)


@pytest.mark.parametrize("factor", [0.0, -1.0, float("nan"), float("inf")])
def test_a_factor_is_a_positive_number(factor: float) -> None:
    with pytest.raises(ValidationError, match="factor"):
        Description.model_validate(DESCRIPTION.model_dump() | {"factor": factor})
