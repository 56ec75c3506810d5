"""Moments kept within some ten microseconds: the event loop's own timers are rounded up to whole milliseconds, which
would be a twentieth of a latency of 20 ms."""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
from collections.abc import Callable

NON_BLOCKING, CLOSED_ON_EXEC = 0o4000, 0o2000000  # TFD_NONBLOCK and TFD_CLOEXEC, <sys/timerfd.h>
CLOCK_MONOTONIC = 1  # the clock that time.monotonic and the event loop read
AT_A_MOMENT = 1  # TFD_TIMER_ABSTIME


class _Setting(ctypes.Structure):
    """struct itimerspec; all zero would stop the timer."""

    _fields_ = (("period", ctypes.c_long * 2), ("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class Timer:
    """Calls `due` at each moment that it is set to; one moment at a time. Elsewhere than on Linux it is the loop's."""

    def __init__(self, due: Callable[[], None]) -> None:
        self._due = due
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.TimerHandle | None = None
        self._file = -1
        if sys.platform == "linux":
            self._libc = ctypes.CDLL(None, use_errno=True)
            self._file = self._libc.timerfd_create(CLOCK_MONOTONIC, NON_BLOCKING | CLOSED_ON_EXEC)
        if self._file >= 0:
            self._loop.add_reader(self._file, self._rang)

    def at(self, moment: float) -> None:
        """Set it to a moment of the event loop's clock; one that has passed is due at once."""
        if self._file < 0:
            self._handle = self._loop.call_at(moment, self._due)
            return
        seconds, nanoseconds = divmod(max(1, int(moment * 1e9)), 1_000_000_000)
        setting = _Setting(seconds=seconds, nanoseconds=nanoseconds)
        self._libc.timerfd_settime(self._file, AT_A_MOMENT, ctypes.byref(setting), None)

    def _rang(self) -> None:
        os.read(self._file, 8)
        self._due()

    def close(self) -> None:
        """It calls no more."""
        if self._handle:
            self._handle.cancel()
        if self._file >= 0:
            self._loop.remove_reader(self._file)
            os.close(self._file)
            self._file = -1
