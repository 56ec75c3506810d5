"""What time it is and what comes due: one value for all that waits, so that a test can let the time pass itself."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class Timer(Protocol):
    """What will be called, unless it is cancelled before."""

    def cancel(self) -> None:
        """Never call it."""


def _in_the_running_loop(seconds: float, call: Callable[[], None]) -> Timer:
    return asyncio.get_running_loop().call_later(seconds, call)


@dataclass(frozen=True)
class Clock:
    """`now` gives seconds from any fixed moment on, in any thread; `call_later` calls in so many seconds from now."""

    now: Callable[[], float] = time.monotonic
    call_later: Callable[[float, Callable[[], None]], Timer] = _in_the_running_loop

    async def sleep(self, seconds: float) -> None:
        """Return when so much time has passed."""
        over = asyncio.Event()
        timer = self.call_later(seconds, over.set)
        try:
            await over.wait()
        finally:
            timer.cancel()


REAL = Clock()
