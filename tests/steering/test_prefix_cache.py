"""One prompt steered in several ways: each gets its own answer, and what is steered alike is found again."""

import pytest
from tests.steering.conftest import Warm

BAR = 1e-4
BLOCKS = 128  # tokens: the whole blocks of 32 of a prompt of 150


def test_every_order_of_specs_gives_each_its_own_answer(warm: Warm) -> None:
    found = warm.found("cache_cases.every_order")

    assert found["worst"] <= BAR
    assert found["cached"] == {
        "steered": [0],
        "steered again": [BLOCKS],
        "unsteered": [0],
        "unsteered again": [BLOCKS],  # plain, and decode: its prompt is the plain model's
    }


def test_an_answer_that_was_steered_becomes_a_prompt(warm: Warm) -> None:
    assert warm.found("cache_cases.continued")["worst"] <= BAR


@pytest.mark.parametrize(("phase", "cached"), [("all", 0), ("decode", BLOCKS)])
def test_other_bytes_under_the_same_name_give_the_new_answer(warm: Warm, phase: str, cached: int) -> None:
    found = warm.found("cache_cases.new_bytes", phase=phase)

    assert found["from_new"] <= BAR
    assert found["from_old"] > 1000 * BAR
    assert found["cached"] == cached
