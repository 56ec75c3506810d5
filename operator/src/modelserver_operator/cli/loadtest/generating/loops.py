"""When the next request is begun: at moments that were drawn beforehand, or when a caller has heard the last answer.

`moments` are seconds from `began`, a moment of the event loop's clock; the load is over when there are none left.
"""

from __future__ import annotations

import asyncio
import math
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

    def ended(self, _: Outcome, _retry_after: float) -> None:
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

    Of `moments` each is the moment at which it is taken. span: when the load began, and after how long it ends.
    """

    def __init__(
        self, arrivals: Closed, moments: Iterator[float], span: tuple[float, float], begin: Begin, over: Over
    ) -> None:
        self._arrivals = arrivals
        (self._began, self._end), self._moments, self._begin, self._over = span, moments, begin, over
        self._loop = asyncio.get_running_loop()

    def starts(self) -> None:
        """The callers come one after the other. At the end none is waited for who waits to ask again."""
        for caller in range(self._arrivals.clients):
            self._loop.call_at(self._began + caller / CALLERS_A_SECOND, self._ask)
        if math.isfinite(self._end):
            self._loop.call_at(self._began + self._end, self._finish)

    def ended(self, outcome: Outcome, retry_after: float) -> None:
        """Whose request it was asks again. retry_after: seconds that its answer asks for; nan: it asks for none."""
        if outcome in PAUSED:
            self._loop.call_later(self._pause(retry_after), self._ask)
        else:
            self._ask()

    def _pause(self, retry_after: float) -> float:
        least, most = self._arrivals.pause, self._arrivals.most_pause
        return least if math.isnan(retry_after) else max(least, min(retry_after, most))

    def close(self) -> None:
        """Begin nothing more."""
        self._moments = iter(())

    def _finish(self) -> None:
        self.close()
        self._over()

    def _ask(self) -> None:
        moment = next(self._moments, None)
        if moment is None:
            self._over()
        else:
            self._begin(moment)
