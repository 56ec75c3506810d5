"""How strong a mix may be, against the lengths of what it really adds after each layer."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.unit.emotions.given import LAYERS, vector
from tests.unit.examples import ALIKE

from modelserver_runtime.emotions.mapping import Mix
from modelserver_runtime.emotions.strength import Strengths
from modelserver_runtime.vectors.vector import Vector

VECTORS = {
    "a": vector("a", [1, 0, 0, 0]),
    "b": vector("b", [1, 1, 0, 0], factor=0.3),
    "late": vector("late", [1, 0, 0, 1], band=(1, 1)),
    "strong": vector("strong", [0, 1, 1, 0], factor=2.0),
}
terms = st.lists(
    st.tuples(st.sampled_from(sorted(VECTORS)), st.integers(-400, 400)), max_size=4, unique_by=lambda t: t[0]
)


def excess(mix: dict[str, int], vectors: dict[str, Vector]) -> float:
    """The length of what is added over what is allowed, at the layer where that is largest."""
    worst = 0.0
    for layer in range(LAYERS):
        added: Any = sum(vectors[name].delta(layer, hundredths / 100).astype(float) for name, hundredths in mix.items())
        allowed = max(float(np.linalg.norm(vectors[name].delta(layer, 4.0))) for name, scale in mix.items() if scale)
        worst = max(worst, float(np.linalg.norm(added)) / allowed if allowed else 0)
    return worst


@settings(ALIKE, max_examples=500)
@given(terms)
def test_a_mix_is_never_stronger_than_its_strongest_vector_at_scale_4(mix: list[tuple[str, int]]) -> None:
    assume(any(hundredths for _, hundredths in mix))
    found = excess(dict(mix), VECTORS)
    assume(abs(found - 1) > 1e-3)
    assert Strengths(VECTORS).too_strong(Mix(tuple(mix))) is (found > 1)


@pytest.mark.parametrize(
    ("mix", "too_strong"),
    [
        ((("a", 400),), False),
        ((("a", -400),), False),
        ((("a", 400), ("b", 400)), True),
        ((("a", 400), ("b", -400)), False),  # they point almost the same way, and take from each other
        ((("a", 300), ("late", 300)), True),  # after the last layer only
        ((("strong", 400), ("a", 50)), True),
        ((("strong", 399), ("a", 50)), False),  # far longer than `a` alone may be, and shorter than `strong` may
        ((("strong", 0), ("a", 400), ("b", 400)), True),  # what adds nothing allows nothing
        ((("strong", 1), ("a", 400), ("b", 400)), False),
        ((("strong", 0),), False),
        ((), False),
    ],
)
def test_examples(mix: tuple[tuple[str, int], ...], too_strong: bool) -> None:
    assert Strengths(VECTORS).too_strong(Mix(mix)) is too_strong


def test_no_vectors_are_no_error() -> None:
    assert not Strengths({}).too_strong(Mix(()))
