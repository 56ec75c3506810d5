"""The interval of the steering benchmark, against what chance does."""

import random

import pytest
from tests.bench.steering.figures import median


def test_the_interval_leaves_out_as_many_as_chance_allows() -> None:
    found = median([float(number) for number in range(24)])
    assert (found.value, found.low, found.high) == (11.5, 6.0, 17.0)  # ranks 7 and 18: the sign test's table


def test_it_holds_the_true_median_nineteen_times_in_twenty() -> None:
    chance = random.Random(6)
    drawn = [median([chance.lognormvariate(0, 1) for _ in range(21)]) for _ in range(2000)]
    assert 0.95 <= sum(each.low <= 1 <= each.high for each in drawn) / len(drawn) <= 0.98


def test_too_few_samples_have_no_interval() -> None:
    with pytest.raises(ValueError, match="5 samples are too few"):
        median([1.0] * 5)
