"""Whether the main loop turns, for a thread that it cannot stop."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from modelserver_runtime.admission.clock import Clock, Timer

EVERY_SECONDS = 1.0


class Heartbeat:
    """Beats in the main loop; may be listened to from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last: float | None = None
        self._timer: Timer | None = None

    @contextmanager
    def beating(self, each: Callable[[], None]) -> Iterator[None]:
        """Beat until the block ends, and call `each` with every beat."""
        self._beat(each)
        try:
            yield
        finally:
            self._last = None
            if self._timer:
                self._timer.cancel()

    @property
    def silent_seconds(self) -> float:
        """Since the last beat; 0 while it is not to beat."""
        last = self._last
        return 0.0 if last is None else self._clock.now() - last

    def _beat(self, each: Callable[[], None]) -> None:
        self._last = self._clock.now()
        each()
        self._timer = self._clock.call_later(EVERY_SECONDS, partial(self._beat, each))
