"""Ports: taken before anything slow is done, so that a taken one is told at once and in one sentence."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from modelserver_runtime.connections import HttpConnection, Server

BACKLOG = 2048  # uvicorn's own
LAST_PORT = 65535
UNKNOWN_NAME = (socket.EAI_NONAME, socket.EAI_AGAIN, socket.EAI_FAIL, socket.EAI_NODATA)
NO_HOST = (errno.EADDRNOTAVAIL, *UNKNOWN_NAME)


class ListenError(Exception):
    """A port that cannot be had; the text says which, and what to do."""


class PortTakenError(ListenError):
    """Another process has the port."""


def bind(host: str, port: int, key: str) -> socket.socket:
    """A socket that listens on `port`; `key` is where the config names it.

    Raises:
        ListenError: the port is taken, not allowed, or the host is none of this machine's.
    """
    try:
        server = socket.create_server((host, port), family=_family(host), backlog=BACKLOG)
        # Connections inherit it. Without uvloop, asyncio sets it only on sockets that were made with their protocol's
        # number, which this is not; a stream's first event would wait for the caller's acknowledgement, 40 ms on Linux.
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return server
    except OSError as error:
        kind = PortTakenError if error.errno == errno.EADDRINUSE else ListenError
        at = "server.host" if error.errno in NO_HOST else key
        raise kind(f"Cannot listen on {host}:{port} ({at}): {_reason(error)}.") from error


def bind_free(host: str, port: int, key: str, avoid: int) -> socket.socket:
    """As `bind`, but on the next free port where another process has `port`; never on `avoid`."""
    for candidate in range(port, LAST_PORT + 1):
        if candidate != avoid:
            with contextlib.suppress(PortTakenError):
                return bind(host, candidate, key)
    raise ListenError(f"Cannot listen on {host} ({key}): all ports from {port} on are taken.")


def http_server(app: ASGIApp, keep_alive_seconds: int) -> Server:
    """A server for `app`: no access log (the shell writes one), no lifespan (the engine's is run by `engine`)."""
    config = uvicorn.Config(
        app,
        http=HttpConnection,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=keep_alive_seconds,
        timeout_graceful_shutdown=5,
    )
    return Server(config)


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where it is installed, as uvicorn would choose."""
    return uvicorn.Config("", log_config=None).get_loop_factory()


@asynccontextmanager
async def serving(app: ASGIApp, on: socket.socket, keep_alive_seconds: int) -> AsyncIterator[Server]:
    """Serve `app` on `on` in the running loop until the block ends."""
    server = http_server(app, keep_alive_seconds)
    task = asyncio.create_task(server.serve([on]))
    try:
        yield server
    finally:
        server.should_exit = True
        await task


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _reason(error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return "another process listens there already; --auto-port takes the next free port"
        case errno.EACCES:
            return "this user may not listen there; ports below 1024 need privileges"
        case errno.EADDRNOTAVAIL:
            return "this machine has no such address"
        case number if number in UNKNOWN_NAME:
            return "no address is known of this name"
    return error.strerror or str(error)
