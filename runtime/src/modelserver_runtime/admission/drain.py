"""The life of the server as one state, and its end: unready first, then closed to newcomers, then empty.

A client keeps its connection, and with it this pod: it knows nothing of endpoints until an answer says that the
connection closes. So requests over connections from before are still let in, one each, for every answer that begins
says so by then; and an answer that had begun without saying so is waited for a moment longer than it lasts.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from modelserver_runtime.admission.clock import REAL, Clock
from modelserver_runtime.link import Link
from modelserver_runtime.refusals import BROKEN, DRAINING, STARTING, Refused


class State(Enum):
    """What the server does with a new request; only SERVING is ready."""

    STARTING = "starting"
    SERVING = "serving"
    LEAVING = "leaving"  # unready, but endpoints may still send: accepted
    DRAINING = "draining"  # closed
    BROKEN = "broken"  # the engine is dead


ENDING = (State.LEAVING, State.DRAINING, State.BROKEN)
FOLLOW_SECONDS = 1.0  # after an answer, for the next request of a client that asks again at once
REFUSED = {State.STARTING: STARTING, State.DRAINING: DRAINING, State.BROKEN: BROKEN}


class Lifecycle:
    """Lives in the main event loop; `state` may be read from any thread."""

    def __init__(self, clock: Clock = REAL) -> None:
        self._clock = clock
        self.state = State.STARTING
        self._accepted = 0
        self._follows = False  # whether requests over early connections are let in while draining
        self._idle = asyncio.Event()
        self._idle.set()

    @contextmanager
    def accepted(self, link: Link) -> Iterator[None]:
        """Count a request from its acceptance to its end, the reading of its body included.

        Raises:
            Refused: 503 while starting, draining or broken.
        """
        if self.state in REFUSED and not (self._follows and link.early):
            raise Refused(REFUSED[self.state])
        self._accepted += 1
        self._idle.clear()
        try:
            yield
        finally:
            if self.ends and self._follows and not link.over:
                self._clock.call_later(FOLLOW_SECONDS, self._release)
            else:
                self._release()

    @property
    def ends(self) -> bool:
        """Whether the server is about to end, so that callers better ask elsewhere next."""
        return self.state in ENDING

    @property
    def busy(self) -> bool:
        """Whether anything accepted is still unanswered."""
        return self._accepted > 0

    def serve(self) -> None:
        """The engine is there."""
        self.state = State.SERVING

    def break_down(self) -> None:
        """The engine is dead; nothing revives it but a restart."""
        self.state = State.BROKEN
        self._close()

    async def leave(self, lame_duck_seconds: float) -> None:
        """Be unready for as long as endpoints may still send here, then refuse newcomers."""
        self.state, self._follows = State.LEAVING, True
        await self._clock.sleep(lame_duck_seconds)
        self.state = State.DRAINING

    async def drained(self, seconds: float) -> bool:
        """Wait until everything accepted is answered, then let nothing in; whether that came within `seconds`.

        What comes over early connections is let in for half the time: who came later might be cut at its end.
        """
        half = self._clock.call_later(seconds / 2, self._close)
        try:
            return await self.idle(seconds)
        finally:
            half.cancel()
            self._close()

    async def idle(self, seconds: float) -> bool:
        """Wait until everything accepted is answered; whether that came within `seconds`."""
        over = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            while not (self._idle.is_set() or over.done()):
                await self._idle_or(over)
        finally:
            over.cancel()
        return self._idle.is_set()

    async def _idle_or(self, over: "asyncio.Future[None]") -> None:
        """Returns also where another request was let in at the moment in which the last one ended."""
        idle = asyncio.ensure_future(self._idle.wait())
        try:
            await asyncio.wait((idle, over), return_when=asyncio.FIRST_COMPLETED)
        finally:
            idle.cancel()

    def _release(self) -> None:
        self._accepted -= 1
        if self._accepted == 0:
            self._idle.set()

    def _close(self) -> None:
        self._follows = False
