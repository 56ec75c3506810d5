"""Since when a stall lasts is told in the same words at each look."""

from datetime import UTC, datetime, timedelta

import pytest

from modelserver_runtime.admission.moment import Moment

BEGIN = datetime(2026, 3, 1, 22, 41, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "corrected", "told"),
    [
        (0, 0.0, "22:41:07 UTC"),
        (100, 0.0, "22:41:07 UTC"),
        (100, 0.9, "22:41:07 UTC"),
        (100, -0.9, "22:41:07 UTC"),
        (100, 3600.0, "23:41:07 UTC"),
    ],
)
def test_the_same_words_while_the_days_clock_is_corrected(ago: int, corrected: float, told: str) -> None:
    now = BEGIN
    moment = Moment(lambda: now)
    moment.text(0)
    now = BEGIN + timedelta(seconds=ago + corrected)
    assert moment.text(ago) == told


def test_another_stall_has_another_moment() -> None:
    now = BEGIN
    moment = Moment(lambda: now)
    now = BEGIN + timedelta(seconds=60)
    assert (moment.text(50), moment.text(0)) == ("22:41:17 UTC", "22:42:07 UTC")
