"""Percentiles of very many durations, in little memory."""

import math
import random

import pytest
from tests.bench.percentile import percentile

from modelserver_operator.cli.loadtest.generating.histogram import Histogram

DRAW = random.Random(1)
VALUES = [DRAW.expovariate(20) for _ in range(5000)]


@pytest.mark.parametrize("percent", [1, 50, 90, 95, 99, 100])
def test_a_percentile_is_within_a_quarter_of_a_percent(percent: int) -> None:
    assert Histogram(VALUES).percentile(percent) == pytest.approx(percentile(VALUES, percent), rel=0.0026)


def test_sums_are_exact() -> None:
    found = Histogram(VALUES)
    assert (found.count, found.longest) == (len(VALUES), max(VALUES))
    assert found.mean == pytest.approx(sum(VALUES) / len(VALUES))


def test_two_are_as_one() -> None:
    both = Histogram(VALUES[:100]) + Histogram(VALUES[100:])
    percents = range(101)
    assert [both.percentile(each) for each in percents] == [Histogram(VALUES).percentile(each) for each in percents]
    assert (both.count, both.longest) == (len(VALUES), max(VALUES))


def test_nothing_has_no_percentile_and_no_time_is_a_time() -> None:
    assert math.isnan(Histogram().percentile(50))
    assert math.isnan(Histogram().mean)
    assert Histogram([0.0]).percentile(50) == 0
