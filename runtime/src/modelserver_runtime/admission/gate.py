"""The gate: so many slots, so many requests in line for them, strictly first in, first out; the rest go at once.

vLLM would queue without bound, and its own limit answers after the status line is out. This is the one place that
counts: `modelserver_unfinished_requests` is `unfinished`. Requests are counted; slots, of which a large request holds
several, only decide who runs.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from modelserver_runtime.admission.clock import REAL, Clock
from modelserver_runtime.admission.early import EarlyRefusal
from modelserver_runtime.admission.service_time import ServiceTime
from modelserver_runtime.refusals import ClientGone, Refused, queue_timeout, refused_early, waiting_line_full


@dataclass(frozen=True, slots=True, eq=False)
class Ticket:
    """One request's place in the line; `turn` is whether its slots were taken for it, or its time was over before."""

    slots: int
    turn: "asyncio.Future[bool]"


class Gate:
    """Slots and the line for them. Lives in one event loop; the counts may be read from any thread."""

    def __init__(
        self, max_running: int, max_waiting: int, *, early: EarlyRefusal | None = None, clock: Clock = REAL
    ) -> None:
        """`max_running` slots, and places for `max_waiting` requests in the line; None: nobody is refused early."""
        self.max_running = max_running
        self.max_waiting = max_waiting
        self.running = 0
        self._taken = 0
        self._line: deque[Ticket] = deque()
        self._early = early
        self._clock = clock
        self._service_time = ServiceTime()

    @property
    def waiting(self) -> int:
        """Requests in the line."""
        return len(self._line)

    @property
    def unfinished(self) -> int:
        """Requests accepted and not answered: running and waiting."""
        return self.running + self.waiting

    @asynccontextmanager
    async def slot(self, gone: "asyncio.Future[None]", timeout: float, slots: int = 1) -> AsyncIterator[None]:
        """Hold so many slots (at most max_running), after at most `timeout` seconds in line.

        Raises:
            Refused: 429 the line is full, or fills and chance was against the request; 503 no slot came free in time.
            ClientGone: the caller hung up while waiting; its place is free at once.
        """
        await self._enter(gone, timeout, slots)
        began = self._clock.now()
        try:
            yield
        finally:
            self._service_time.took(self._clock.now() - began)
            self._leave(slots)

    async def _enter(self, gone: "asyncio.Future[None]", timeout: float, slots: int) -> None:
        if not self._line and self._fits(slots):
            self._take(slots)
        elif self.waiting >= self.max_waiting:
            raise Refused(waiting_line_full(self._retry_after()))
        elif self._early and self._early.refuses(self.waiting, self.max_waiting):
            raise Refused(refused_early(self._retry_after()))
        else:
            await self._wait(Ticket(slots, asyncio.get_running_loop().create_future()), gone, timeout)

    async def _wait(self, ticket: Ticket, gone: "asyncio.Future[None]", timeout: float) -> None:
        self._line.append(ticket)
        ends: set[asyncio.Future[Any]] = {ticket.turn, gone}
        timer = self._clock.call_later(timeout, partial(self._expire, ticket))
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                raise ClientGone("waiting")
        except BaseException:
            self._give_back(ticket)
            raise
        finally:
            timer.cancel()
        if not ticket.turn.result():
            raise Refused(queue_timeout(self._retry_after()))

    def _expire(self, ticket: Ticket) -> None:
        if not ticket.turn.done():
            ticket.turn.set_result(False)
            self._line.remove(ticket)
            self._hand_on()

    def _give_back(self, ticket: Ticket) -> None:
        """Leave the line, or the slots that came in the very moment of leaving."""
        if not ticket.turn.done():
            self._expire(ticket)
        elif ticket.turn.result():
            self._leave(ticket.slots)

    def _leave(self, slots: int) -> None:
        self.running -= 1
        self._taken -= slots
        self._hand_on()

    def _hand_on(self) -> None:
        """Give what is free to the first in line, so that no newcomer can take it in between; nobody is overtaken."""
        while self._line and self._fits(self._line[0].slots):
            ticket = self._line.popleft()
            self._take(ticket.slots)
            ticket.turn.set_result(True)

    def _take(self, slots: int) -> None:
        self.running += 1
        self._taken += slots

    def _fits(self, slots: int) -> bool:
        return self._taken + slots <= self.max_running

    def _retry_after(self) -> int:
        """Seconds until all that is here will have run."""
        ahead = self._taken + sum(ticket.slots for ticket in self._line)
        return self._service_time.retry_after(ahead, self.max_running)
