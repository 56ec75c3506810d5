"""uvicorn's server and its connections, and how both end without losing anybody who could not know."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from modelserver_runtime.link import IN_STATE, Link

NEWCOMER_SECONDS = 1.0  # for who has come to a server that closes to ask, and so to be told
LOOK_SECONDS = 0.02


class HttpConnection(AutoHTTPProtocol):  # type: ignore[misc,valid-type] # the one that uvicorn finds libraries for
    """uvicorn's, whose requests share a Link: closed, it would wait for as long as its peer does not read."""

    app_state: dict[str, Any]  # a copy of it is the state of each request's scope
    transport: asyncio.Transport
    link: Link
    cycle: Any  # the request that is asked or answered, or was last; None before the first
    loop: asyncio.AbstractEventLoop

    def connection_made(self, transport: asyncio.Transport) -> None:
        """A client has come."""
        super().connection_made(transport)
        self.made = self.loop.time()
        self.link = Link(transport.abort)
        self.app_state = {**self.app_state, IN_STATE: self.link}

    def connection_lost(self, exc: Exception | None) -> None:
        """A client has gone."""
        self.link.over = True
        super().connection_lost(exc)

    def timeout_keep_alive_handler(self) -> None:
        """Nothing was asked for so long; an answer that is unsent even now is not being read."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        super().timeout_keep_alive_handler()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is asked that is not answered."""
        return self.cycle is None or self.cycle.response_complete

    @property
    def is_new(self) -> bool:
        """Whether its client has only just come, and not asked yet."""
        return self.cycle is None and self.loop.time() < self.made + NEWCOMER_SECONDS


class Server(uvicorn.Server):
    """uvicorn without its signal handlers: when to end is the lifecycle's to say."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield

    def know_early(self) -> None:
        """Remember that those who are connected now came before the server closed to newcomers."""
        for connection in self._connections():
            connection.link.early = True

    def hang_up_idle(self) -> None:
        """Close what nothing is asked over: its client learns it before it asks again, but for that very moment."""
        for connection in self._connections():
            if connection.is_idle and not connection.is_new:
                connection.transport.close()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let nobody in any more, answer those who have just come, and close."""
        for each in (*self.servers, *(sockets or ())):
            each.close()
        while any(connection.is_new for connection in self._connections()):  # noqa: ASYNC110 - uvicorn has no event
            await asyncio.sleep(LOOK_SECONDS)
        await super().shutdown(sockets)

    def _connections(self) -> list[HttpConnection]:
        return [each for each in self.server_state.connections if isinstance(each, HttpConnection)]
