"""The load of the autoscaling benchmark: without surges nothing is to be decided, and with one a single pod more."""

import math
import random
from itertools import pairwise

import pytest
from tests.bench.autoscaling.queues import BETWEEN_SURGES_SECONDS, SURGE_SECONDS, Queues

SERVERS, SECONDS, PODS, TARGET = 50, 2000, 4, 12
TOLERANCE = 0.1  # of the HPA controller: nearer to what the pods are right for, it does nothing


@pytest.fixture(scope="module")
def history() -> tuple[Queues, list[list[int]]]:
    queues = Queues(SERVERS, PODS, TARGET, random.Random(7))
    seen = [list(queues.now)]
    for _ in range(SECONDS):
        queues.pass_second()
        seen.append(list(queues.now))
    return queues, seen


def _asked(queue: int) -> int:
    """As the HPA controller decides for an average value."""
    ratio = queue / (PODS * TARGET)
    return PODS if abs(ratio - 1) <= TOLERANCE else math.ceil(queue / TARGET)


def test_every_queue_asks_for_the_pods_that_are_there_or_for_one_more(history: tuple[Queues, list[list[int]]]) -> None:
    _, seen = history
    assert {_asked(queue) for second in seen for queue in second} == {PODS, PODS + 1}


def test_a_surge_lasts_its_time_and_comes_as_often_as_is_said(history: tuple[Queues, list[list[int]]]) -> None:
    queues, seen = history
    surging = sum(_asked(queue) > PODS for second in seen for queue in second)
    assert surging == pytest.approx(queues.surges * SURGE_SECONDS, rel=0.1)
    assert queues.surges == pytest.approx(SERVERS * SECONDS / (BETWEEN_SURGES_SECONDS + SURGE_SECONDS), rel=0.25)


def test_the_queues_change_all_the_time(history: tuple[Queues, list[list[int]]]) -> None:
    _, seen = history
    steps = [(a, b) for before, after in pairwise(seen) for a, b in zip(before, after, strict=True)]
    assert sum(a != b for a, b in steps) > len(steps) / 2
