"""Connections that are kept, made where none is free, and watched for answers that take too long."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Self
from urllib.parse import urlsplit

from modelserver_operator.cli.loadtest.generating.connections import Connection
from modelserver_operator.cli.loadtest.generating.exchange import Exchange
from modelserver_operator.cli.loadtest.generating.plan import Destination, LoadPlan
from modelserver_operator.cli.loadtest.generating.recorded import Outcome

# A connection that was idle for so long is not asked again: many servers close theirs after 5 s, and a request that
# meets that end would be an error that no server made.
MOST_IDLE_SECONDS = 4.0
LOOKS_SECONDS = 0.25  # between two looks for what takes too long
OnEnd = Callable[[Exchange, Outcome, str], None]


class GeneratorError(Exception):
    """The load cannot be made from here; the text is a sentence for people."""


class Pool:
    """The connections to one destination, `most` at once; what is asked while all are taken waits in its turn."""

    def __init__(self, plan: LoadPlan, addresses: Sequence[str], most: int, on_end: OnEnd) -> None:
        self._destination, self._timeouts, self._most, self._on_end = plan.destination, plan.timeouts, most, on_end
        self.noted = {name.lower().encode(): Counter[str]() for name in plan.noted_headers}
        self.busy: set[Connection] = set()
        self._idle: dict[Connection, None] = {}  # ordered: whoever was used last is used next
        self._connecting: dict[asyncio.Task[None], Exchange] = {}
        self._waiting: deque[Exchange] = deque()
        self._addresses = addresses
        self._looks: asyncio.TimerHandle | None = None
        self.opened = self.waited = 0

    async def __aenter__(self) -> Self:
        self._look()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close everything; what is under way is told to nobody."""
        if self._looks:
            self._looks.cancel()
        self._on_end = lambda *_: None
        self.abandon("")
        await asyncio.sleep(0)  # a transport closes its socket in the event loop's next turn

    @property
    def under_way(self) -> list[Exchange]:
        """What was sent and is not yet answered to its end."""
        return [connection.exchange for connection in self.busy if connection.exchange]

    def ask(self, exchange: Exchange) -> None:
        """Send on a connection that is free, or on one that is made for it, or later."""
        now = time.monotonic()
        while self._idle:
            connection, _ = self._idle.popitem()
            if now - connection.heard_at < MOST_IDLE_SECONDS:
                self._send(connection, exchange)
                return
            connection.close()
        if len(self.busy) + len(self._connecting) < self._most:
            task = asyncio.create_task(self._connect(exchange))
            self._connecting[task] = exchange
            task.add_done_callback(self._has_tried)
        else:
            self.waited += 1
            self._waiting.append(exchange)

    def ended(self, connection: Connection, exchange: Exchange, outcome: Outcome, kind: str) -> None:
        """Keep the connection for the next, and tell of the end."""
        self.busy.discard(connection)
        if not connection.keeps:
            connection.close()
        elif self._waiting:
            self._send(connection, self._waiting.popleft())
        else:
            self._idle[connection] = None
        self._on_end(exchange, outcome, kind)
        self._let_in()

    def lost(self, connection: Connection) -> None:
        """It is there no longer."""
        self._idle.pop(connection, None)

    def abandon(self, kind: str) -> None:
        """End all that is under way."""
        waiting, self._waiting = self._waiting, deque()
        for exchange in (*waiting, *self._connecting.values()):
            self._on_end(exchange, Outcome.ABANDONED, kind)
        for task in self._connecting:
            task.cancel()
        for connection in list(self.busy):
            connection.give_up(Outcome.ABANDONED, kind)
        for connection in list(self._idle):
            connection.close()

    def _send(self, connection: Connection, exchange: Exchange) -> None:
        self.busy.add(connection)
        connection.ask(exchange)

    def _let_in(self) -> None:
        """Whoever waits, where a connection has ended, or was never made, instead of becoming free."""
        while self._waiting and len(self.busy) + len(self._connecting) < self._most:
            self.ask(self._waiting.popleft())

    def _has_tried(self, task: asyncio.Task[None]) -> None:
        """Whether or not it has connected: what could not leaves its place to whoever waits."""
        self._connecting.pop(task)
        self._let_in()

    async def _connect(self, exchange: Exchange) -> None:
        try:
            async with asyncio.timeout(self._timeouts.connect):
                connection = await self._connected()
        except (OSError, TimeoutError) as error:
            self._on_end(exchange, Outcome.UNCONNECTED, _named(error))
            return
        self.opened += 1
        self._send(connection, exchange)

    async def _connected(self) -> Connection:
        """By the first of the destination's addresses that takes it, beginning with another one each time."""
        loop, destination = asyncio.get_running_loop(), self._destination
        name = _server_name(destination) if destination.tls else None
        turn = self.opened % len(self._addresses)
        for address in (turned := [*self._addresses[turn:], *self._addresses[:turn]]):
            try:
                _, connection = await loop.create_connection(
                    lambda: Connection(self), address, destination.port, ssl=destination.tls, server_hostname=name
                )
            except OSError:
                if address == turned[-1]:
                    raise
            else:
                return connection
        raise AssertionError("there is an address")

    def _look(self) -> None:
        """End what takes too long."""
        now, most = time.monotonic(), self._timeouts.whole
        for connection in list(self.busy):
            if connection.exchange and now - connection.exchange.sent > most:
                connection.give_up(Outcome.TIMED_OUT, f"not whole after {most:g} s")
        self._looks = asyncio.get_running_loop().call_later(LOOKS_SECONDS, self._look)


async def addresses(destination: Destination) -> list[str]:
    """What the destination's name means, asked once: a look-up for each connection would be measured, too.

    Raises:
        GeneratorError: nothing.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            destination.host, destination.port, type=socket.SOCK_STREAM
        )
    except OSError as error:
        raise GeneratorError(f"The name {destination.host} has no address: {error.strerror or error}.") from error
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


def _server_name(destination: Destination) -> str:
    """Whose certificate the server has to show."""
    named = urlsplit(f"//{destination.authority}").hostname if destination.authority else None
    return named or destination.host


def _named(error: Exception) -> str:
    """What a person calls it; few of them, so that they can be counted."""
    if isinstance(error, TimeoutError):
        return "no connection in time"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    return type(error).__name__
