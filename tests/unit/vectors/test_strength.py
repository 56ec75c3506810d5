"""The search for the factor of scale 1.0, on functions whose answer is known."""

import math
from collections.abc import Callable

import pytest

from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.strength import REFERENCE_KL, solve


@pytest.mark.parametrize("expected", [0.01, 0.1, 1.0, 7.0, 50.0])
def test_the_factor_gives_the_reference_strength(expected: float) -> None:
    found = solve(lambda factor: REFERENCE_KL * (factor / expected) ** 2)

    assert math.isclose(found, expected, rel_tol=0.01)


def test_of_several_factors_the_first_is_taken() -> None:
    def rises_and_falls(factor: float) -> float:
        return REFERENCE_KL * factor if factor < 3 else 0.0

    assert math.isclose(solve(rises_and_falls), 1.0, rel_tol=0.02)


@pytest.mark.parametrize(
    ("strength", "message"),
    [
        (lambda factor: 0.0, "even at .* it changes less than 0.5 nats a token"),
        (lambda factor: 9.0, "it already changes more than 0.5 nats a token"),
    ],
)
def test_without_an_answer_it_says_so(strength: Callable[[float], float], message: str) -> None:
    with pytest.raises(VectorError, match=message):
        solve(strength)
