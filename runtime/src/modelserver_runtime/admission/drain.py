"""The life of the server as one state, and its end: unready first, then closed to new requests, then empty."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from modelserver_runtime.admission.clock import REAL, Clock
from modelserver_runtime.refusals import BROKEN, DRAINING, STARTING, Refused


class State(Enum):
    """What the server does with a new request; only SERVING is ready."""

    STARTING = "starting"
    SERVING = "serving"
    LEAVING = "leaving"  # unready, but endpoints may still send: accepted
    DRAINING = "draining"  # closed
    BROKEN = "broken"  # the engine is dead


REFUSED = {State.STARTING: STARTING, State.DRAINING: DRAINING, State.BROKEN: BROKEN}


class Lifecycle:
    """Lives in the main event loop; `state` may be read from any thread."""

    def __init__(self, clock: Clock = REAL) -> None:
        self._clock = clock
        self.state = State.STARTING
        self._accepted = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @contextmanager
    def accepted(self) -> Iterator[None]:
        """Count a request from its acceptance to its end, the reading of its body included.

        Raises:
            Refused: 503 while starting, draining or broken.
        """
        if self.state in REFUSED:
            raise Refused(REFUSED[self.state])
        self._accepted += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._accepted -= 1
            if self._accepted == 0:
                self._idle.set()

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

    async def leave(self, lame_duck_seconds: float) -> None:
        """Be unready for as long as endpoints may still send here, then refuse."""
        self.state = State.LEAVING
        await self._clock.sleep(lame_duck_seconds)
        self.state = State.DRAINING

    async def idle(self, seconds: float) -> bool:
        """Wait until everything accepted is answered; whether that came within `seconds`."""
        ends = [asyncio.ensure_future(end) for end in (self._idle.wait(), self._clock.sleep(seconds))]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
        return self._idle.is_set()
