"""The numbers of an evaluation, on readings whose answer is known."""

import math

import numpy as np
import pytest
from tests.unit.vectors.test_vector import DESCRIPTION, LAYERS, WIDTH, norms, unit_rows

from modelserver_runtime.vectors.evaluation import scores
from modelserver_runtime.vectors.vector import Vector


def test_effect_is_one_where_the_text_moves_the_reading_as_far_as_scale_one_adds() -> None:
    vector = Vector(DESCRIPTION, unit_rows(), norms())  # band 1-2, factor 0.5, norms 2 and 4
    plain = np.zeros((3, LAYERS, WIDTH), dtype=np.float32)
    steered = plain + np.stack([vector.delta(layer, 1.0) for layer in range(LAYERS)])

    assert scores.effect(vector, steered, plain) == pytest.approx(1)
    assert scores.effect(vector, plain, steered) == pytest.approx(-1)
    assert scores.effect(vector, plain, plain) == 0


def test_effect_sees_nothing_beside_the_direction_or_outside_the_band() -> None:
    vector = Vector(DESCRIPTION, unit_rows(), norms())
    plain = np.zeros((3, LAYERS, WIDTH), dtype=np.float32)
    steered = plain.copy()
    steered[:, 0] = 9  # not in the band
    steered[:, 1:, 3] = 9  # no direction's axis

    assert scores.effect(vector, steered, plain) == 0


def test_perplexity_is_over_tokens_not_answers() -> None:
    assert scores.perplexity([math.log(4), 0.0], [[1], [1, 2, 3]]) == pytest.approx(math.sqrt(2))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [([1, 2, 3, 4, 5, 6, 7], 0), ([1, 2, 3], 0), ([1] * 13, 0.9), ([1, 2, 3, 4, 9, 1, 2, 3, 4], 1 / 6)],
)
def test_repetition_is_the_share_of_runs_that_stood_there_before(answer: list[int], expected: float) -> None:
    assert scores.repetition([answer]) == pytest.approx(expected)


def test_kinds_that_lie_apart_are_told_apart() -> None:
    chance = np.random.default_rng(1)
    streams = {
        name: np.asarray(9 * axis + chance.standard_normal((8, 3)), dtype=np.float32)
        for name, axis in zip("abc", np.eye(3), strict=True)
    }

    assert scores.told_apart(streams) == {"a": 1, "b": 1, "c": 1}


def test_kinds_that_are_the_same_are_told_apart_by_chance_only() -> None:
    chance = np.random.default_rng(2)
    streams = {name: np.asarray(chance.standard_normal((200, 3)), dtype=np.float32) for name in "ab"}

    assert list(scores.told_apart(streams).values()) == pytest.approx([0.5, 0.5], abs=0.15)


def test_answers_are_judged_by_those_to_other_prompts() -> None:
    """Each kind's even and odd prompts have changed places: means of the same prompts would call all of it right."""
    ones, others = np.zeros((4, 1), dtype=np.float32), np.zeros((4, 1), dtype=np.float32)
    ones[::2], others[1::2] = 1, 1

    assert scores.told_apart({"ones": ones, "others": others}) == {"ones": 0, "others": 0}


@pytest.mark.parametrize(
    ("perplexities", "expected"),
    [
        ({0: 2, 1: 3, 2: 19, 3: 21}, 3),
        ({0: 2, 1: 30, 2: 19, 3: 21}, 1),
        ({-3: 90, 0: 2, 1: 3}, None),
        ({0: 2, 1: 20}, None),
    ],
)
def test_text_breaks_down_at_the_first_scale_above_zero(perplexities: dict[float, float], expected: float) -> None:
    assert scores.breaks_down_at(perplexities, unsteered=2, times=10) == expected
