"""How far a download is, in words."""

import threading
import time
from collections.abc import Callable

UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


class Progress:
    """Bytes that are there, of all; threads add to it, one says it."""

    def __init__(self, total: int, there: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._total, self._there, self._clock = total, there, clock
        self._lock = threading.Lock()
        self._last = (clock(), there)

    def add(self, size: int) -> None:
        """Counts bytes that have come, or were wrong (below zero)."""
        with self._lock:
            self._there += size

    def line(self) -> str:
        """Done of total, percent, the rate since the last line and the time left at that rate."""
        with self._lock:
            now, there = self._clock(), self._there
        (before, earlier), self._last = self._last, (now, there)
        rate = max(0, there - earlier) / max(now - before, 1e-3)
        percent = 100 * there // max(self._total, 1)
        left = f"{duration((self._total - there) / rate)} left" if rate else "nothing comes"
        return f"{amount(there)} of {amount(self._total)} ({percent} %), {amount(rate)}/s, {left}"


def amount(size: float) -> str:
    """Bytes in the largest unit of which there is one: "14.2 GiB"."""
    unit = 0
    while size >= 1024 and unit < len(UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{size:.0f} {UNITS[unit]}" if unit == 0 else f"{size:.1f} {UNITS[unit]}"


def duration(seconds: float) -> str:
    """Whole seconds, minutes and hours: "2 min 5 s"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
