"""What the benchmark of autoscaling takes for a miss."""

import pytest
from tests.bench.autoscaling.targets import missed

GOOD = {
    "step_p50_seconds": 6.0,
    "step_p95_seconds": 18.0,
    "own_p95_seconds": 2.2,
    "staleness_p99_seconds": 4.0,
    "untold": 0,
    "cpu_cores": 0.25,
    "rss_mib": 140.0,
}


def test_what_is_within_is_no_miss() -> None:
    assert missed(GOOD, period=15) == []


@pytest.mark.parametrize(
    ("name", "value", "most"),
    [
        ("step_p95_seconds", 18.1, 18),
        ("own_p95_seconds", 2.26, 2.2),
        ("staleness_p99_seconds", 8.3, 4),
        ("untold", 1, 0),
        ("cpu_cores", 0.26, 0.25),
    ],
)
def test_what_is_beyond_is_said(name: str, value: float, most: float) -> None:
    assert missed(GOOD | {name: value}, period=15) == [f"{name} is {value:g}, and may be {most:g} at most."]


def test_a_step_may_take_the_autoscalers_period() -> None:
    assert missed(GOOD, period=5) == ["step_p95_seconds is 18, and may be 8 at most."]
