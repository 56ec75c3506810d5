"""Since when something lasts, as people read it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

# What the two clocks drift apart in three hours at most: the day's is slowed or sped up by 0.5 ms a second.
CORRECTION = timedelta(seconds=5)


def _now() -> datetime:
    return datetime.now(UTC)


class Moment:
    """When something began, told in the same words at each look: how long ago it was would be other words each time."""

    def __init__(self, today: Callable[[], datetime] = _now) -> None:
        self._today = today
        self._told = today()

    def text(self, seconds_ago: float) -> str:
        """As "22:41:07 UTC". The day's clock is corrected now and then, and no corrected moment is another one."""
        found = self._today() - timedelta(seconds=seconds_ago)
        if abs(found - self._told) > CORRECTION:
            self._told = found
        return f"{self._told:%H:%M:%S} UTC"
