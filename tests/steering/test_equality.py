"""The correctness bar: whatever runs beside a request, and however the engine runs, it is steered as one alone."""

from typing import Any

import pytest
from tests.steering.conftest import Warm

BAR = 1e-4  # of a log-probability, in float32
TWO = {"distributed_executor_backend": "mp"}
SMALL_CACHE = {"kv_cache_memory_bytes": 24 * 32 * 2048, "max_model_len": 256}  # 24 blocks of 32 tokens


def holds(found: dict[str, Any]) -> None:
    """The whole bar, and that it would not hold without the plugin."""
    assert (found["requests"], found["specs"], found["greedy"]) == (72, 8, 48)
    assert found["worst"] <= BAR
    assert found["greedy_margin"] <= 2 * BAR  # two that are as likely to within the bar
    assert found["unlike_plain"] > 1000 * BAR
    assert found["cached"] > 0


def test_a_batch_of_more_than_sixty_four_equals_the_reference(warm: Warm) -> None:
    found = warm.found("equality_cases.equality", options={}, tokens=56)  # the first still run when the last come

    holds(found)
    assert found["most_running"] >= 64


@pytest.mark.parametrize(
    "ahead", [pytest.param(False, marks=pytest.mark.long), True], ids=["scheduled in time", "scheduled ahead"]
)
def test_preempted_requests_equal_the_reference(warm: Warm, ahead: bool) -> None:
    found = warm.found("equality_cases.equality", options={**SMALL_CACHE, "async_scheduling": ahead})

    holds(found)
    assert found["preempted"] > 0
    assert found["scheduled_ahead"] is ahead


@pytest.mark.long  # preempted requests are scheduled ahead, too
def test_steps_that_are_scheduled_ahead_equal_the_reference(warm: Warm) -> None:
    found = warm.found("equality_cases.equality", options={"async_scheduling": True})

    holds(found)
    assert found["scheduled_ahead"]


def test_rows_that_specs_take_from_each_other_equal_the_reference(warm: Warm) -> None:
    found = warm.found("equality_cases.equality", options={"max_num_seqs": 3}, tokens=6)  # 8 specs, 3 rows

    holds(found)
    assert found["most_running"] == 3


@pytest.mark.long
def test_a_compiled_model_equals_the_reference(warm: Warm) -> None:
    holds(warm.found("equality_cases.equality", options={"enforce_eager": False}))


@pytest.mark.parametrize(
    "way", ["tensor_parallel_size", pytest.param("pipeline_parallel_size", marks=pytest.mark.long)]
)
def test_two_workers_equal_the_reference(warm: Warm, way: str) -> None:
    holds(warm.found("equality_cases.equality", options={**TWO, way: 2}))
