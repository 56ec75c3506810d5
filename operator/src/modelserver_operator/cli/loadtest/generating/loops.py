"""When the next request is begun: at moments that were drawn beforehand, or when a caller has heard the last answer.

`moments` are seconds from `began`, a moment of the event loop's clock; the load is over when there are none left.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator

from modelserver_operator.cli.loadtest.generating.plan import Closed
from modelserver_operator.cli.loadtest.generating.recorded import Outcome
from modelserver_operator.cli.loadtest.generating.timer import Timer

AT_ONCE = 64  # requests that are late are begun so many at a time, and answers heard between them
CALLERS_A_SECOND = 1000  # of a closed loop that begins: a server's line for new connections is finite
PAUSED = (Outcome.REFUSED, Outcome.UNCONNECTED)
Begin = Callable[[float], None]  # begins a request that is due at a moment, one of `moments`
Over = Callable[[], None]  # is told when no more will be begun


class OpenLoop:
    """Begins what is due, whatever the server does."""

    def __init__(self, moments: Iterator[float], began: float, begin: Begin, over: Over) -> None:
        self._moments, self._began, self._begin, self._over = moments, began, begin, over
        self._next = next(moments, None)
        self._timer = Timer(self._due)

    def starts(self) -> None:
        """Wait for the first moment."""
        self._wait()

    def ended(self, _: Outcome) -> None:
        """It makes no difference."""

    def close(self) -> None:
        """Begin nothing more."""
        self._timer.close()

    def _due(self) -> None:
        for _ in range(AT_ONCE):
            if self._next is None or self._began + self._next > time.monotonic():
                break
            self._begin(self._next)
            self._next = next(self._moments, None)
        self._wait()

    def _wait(self) -> None:
        if self._next is None:
            self.close()
            self._over()
        else:
            self._timer.at(self._began + self._next)


class ClosedLoop:
    """Callers who each wait for their answer before they ask again: due is what is asked, when it is asked.

    Of `moments` each is the moment at which it is taken.
    """

    def __init__(self, arrivals: Closed, moments: Iterator[float], began: float, begin: Begin, over: Over) -> None:
        self._arrivals = arrivals
        self._moments, self._began, self._begin, self._over = moments, began, begin, over
        self._loop = asyncio.get_running_loop()

    def starts(self) -> None:
        """The callers come one after the other."""
        for caller in range(self._arrivals.clients):
            self._loop.call_at(self._began + caller / CALLERS_A_SECOND, self._ask)

    def ended(self, outcome: Outcome) -> None:
        """Whose request it was asks again."""
        if outcome in PAUSED and self._arrivals.pause_refused:
            self._loop.call_later(self._arrivals.pause_refused, self._ask)
        else:
            self._ask()

    def close(self) -> None:
        """Begin nothing more."""
        self._moments = iter(())

    def _ask(self) -> None:
        moment = next(self._moments, None)
        if moment is None:
            self._over()
        else:
            self._begin(moment)
