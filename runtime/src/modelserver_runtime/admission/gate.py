"""The gate: so many requests run, so many wait in line, first in, first out; the rest are refused at once.

vLLM would queue without bound, and its own limit answers after the status line is out. This is the one place that
counts: `modelserver_unfinished_requests` is `unfinished`.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from modelserver_runtime.refusals import ClientGone, Refused, queue_timeout, waiting_line_full


class Gate:
    """Slots and the line for them. Lives in one event loop; the counts may be read from any thread."""

    def __init__(self, max_running: int, max_waiting: int) -> None:
        self.max_running = max_running
        self.max_waiting = max_waiting
        self.running = 0
        self._line: deque[asyncio.Future[None]] = deque()

    @property
    def waiting(self) -> int:
        """Requests in the line."""
        return len(self._line)

    @property
    def unfinished(self) -> int:
        """Requests accepted and not answered: running and waiting."""
        return self.running + self.waiting

    @asynccontextmanager
    async def slot(self, gone: "asyncio.Future[None]", timeout: float) -> AsyncIterator[None]:
        """Hold a slot, after at most `timeout` seconds in line.

        Raises:
            Refused: 429 the line is full, 503 no slot came free in time.
            ClientGone: the caller hung up while waiting; its place is free at once.
        """
        await self._enter(gone, timeout)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, gone: "asyncio.Future[None]", timeout: float) -> None:
        if self.running < self.max_running:  # there is a line only while every slot is taken
            self.running += 1
        elif self.waiting >= self.max_waiting:
            raise Refused(waiting_line_full(self._retry_after()))
        else:
            await self._wait(gone, timeout)

    async def _wait(self, gone: "asyncio.Future[None]", timeout: float) -> None:
        ticket: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.append(ticket)
        try:
            await asyncio.wait({ticket, gone}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                raise ClientGone("waiting")
            if not ticket.done():
                raise Refused(queue_timeout(self._retry_after()))
        except BaseException:
            self._give_back(ticket)
            raise

    def _give_back(self, ticket: "asyncio.Future[None]") -> None:
        """Leave the line, or the slot that came in the very moment of leaving."""
        if ticket.done():
            self._leave()
        else:
            self._line.remove(ticket)

    def _leave(self) -> None:
        """Hand the slot to the first in line, so that no newcomer can take it in between."""
        if self._line:
            self._line.popleft().set_result(None)
        else:
            self.running -= 1

    def _retry_after(self) -> int:
        """Seconds, 1 to 60: one for each round of the slots that the line stands for."""
        return min(60, 1 + self.waiting // self.max_running)
