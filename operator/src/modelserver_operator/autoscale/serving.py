"""HTTPS for the metrics API: each new connection sees the newest certificate and is verified against the newest trust.

Both change while the server runs. The context that it listens with only picks the one that is in force when a client
says hello, so there is never a moment without one, and a certificate that has run out while the process stood still
is replaced before anybody sees it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import ssl
from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from aiohttp import web

from modelserver_operator.autoscale.certificates import Authority, Leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

HANDSHAKE_SECONDS = 5.0  # the API server takes milliseconds; whoever says nothing is not kept for long
IDLE_SECONDS = 120.0  # longer than the 90 s for which the API server keeps a connection that it does not use
LAST_SECONDS = 1.0  # for what is being answered at a stop

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

# What aiohttp has to say is about requests that are no HTTP: anybody could fill the log with them.
_unheard = logging.getLogger(f"{__name__}.requests")
_unheard.setLevel(logging.CRITICAL + 1)


class PortTakenError(OSError):
    """The port cannot be had; the message names it and the setting."""


class Handshakes:
    """What clients are shown, and what they must show. `today` is the clock on the wall."""

    def __init__(self, authority: Authority, trusted: str, *, seconds: float, today: Callable[[], datetime]) -> None:
        self._authority = authority
        self._seconds = seconds
        self._today = today
        self._trusted = trusted
        self._renew()

    def trust(self, authority: str) -> bool:
        """From now on, verify clients against these certificates (PEM); whether those are others than before."""
        if authority == self._trusted:
            return False
        self._trusted = authority
        self._context = _context(self._leaf, authority)
        return True

    def context(self) -> ssl.SSLContext:
        """The context to listen with."""

        def hello(connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
            if self._today() >= self._leaf.due:
                self._renew()
            connection.context = self._context

        context = _context(self._leaf, self._trusted)
        context.sni_callback = hello
        return context

    def _renew(self) -> None:
        self._leaf = self._authority.leaf(self._today(), self._seconds)
        self._context = _context(self._leaf, self._trusted)


class Serving:
    """A server on every address. The handler finds a verified client certificate as `peercert` of the transport."""

    def __init__(self, handler: Handler, handshakes: Handshakes, port: int) -> None:
        self._handshakes = handshakes
        self._port = port
        self._http = web.Server(
            handler, access_log=None, logger=_unheard, keepalive_timeout=IDLE_SECONDS, lingering_time=0
        )
        self._listener: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen. Raises PortTakenError."""
        loop = asyncio.get_running_loop()
        try:
            self._listener = await loop.create_server(
                self._http,
                port=self._port,
                ssl=self._handshakes.context(),
                ssl_handshake_timeout=HANDSHAKE_SECONDS,
            )
        except OSError as error:
            raise PortTakenError(
                f"the metrics API cannot have the port {self._port} (MODELSERVER_METRICS_API_PORT): {error}"
            ) from error

    def trust(self, authority: str) -> None:
        """Verify clients against these certificates (PEM), and let nobody stay whom others have vouched for."""
        if self._handshakes.trust(authority):
            for connection in self._http.connections:
                connection.force_close()  # a caller that has kept it asks again over a new one

    async def stop(self) -> None:
        """Close the port, and soon all connections."""
        if self._listener is not None:
            self._listener.close()
        await self._http.shutdown(LAST_SECONDS)


def _context(leaf: Leaf, trusted: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # A session that is taken up again would not be verified again. TLS 1.2 has that also without tickets, by a cache of
    # sessions that Python cannot turn off. API servers have 1.3: Go does since 1.13, in FIPS mode since 1.21.6.
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0
    context.set_alpn_protocols(["http/1.1"])
    context.verify_mode = ssl.CERT_OPTIONAL
    context.load_verify_locations(cadata=trusted)
    with _in_memory(leaf.certificate + leaf.key) as path:
        context.load_cert_chain(path)
    return context


@contextmanager
def _in_memory(content: bytes) -> Iterator[str]:
    """The path of a file that only this process can open: ssl takes keys from files alone, and this lies on no disk."""
    with os.fdopen(os.memfd_create("certificate"), "wb", buffering=0) as file:
        file.write(content)
        yield f"/proc/self/fd/{file.fileno()}"
