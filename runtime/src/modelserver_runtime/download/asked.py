"""How far a download is, on a port: the operator asks a pod whose runtime has not begun yet.

One caller after the other, each heard in one piece, by the standard library: it answers a question of a hundred bytes
every few seconds, and must neither hold the download up nor make it fail.
"""

import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from urllib.parse import urlsplit

Arrived = Callable[[], tuple[int, int | None]]  # bytes that are there, and of all, as soon as that is known

ADDRESS = "0.0.0.0"  # as the runtime that follows listens
PATIENCE_SECONDS = 0.5  # for a caller who says nothing: meanwhile nobody else is heard
WAITING = 16  # callers; who comes then tries again
LARGEST_QUESTION = 1 << 16  # bytes

log = logging.getLogger(__name__)


@contextmanager
def answering(port: int | None, arrived: Arrived) -> Iterator[None]:
    """GET /stats is answered on `port` until the block ends; None: nothing is. A port that cannot be had is logged."""
    listening = _listen(port) if port is not None else None
    if listening is None:
        yield
        return
    with listening:
        threading.Thread(target=_answer_all, args=(listening, arrived), name="asked", daemon=True).start()
        try:
            yield
        finally:
            listening.shutdown(socket.SHUT_RDWR)  # wakes the thread, which closing would not


def _listen(port: int) -> socket.socket | None:
    try:
        return socket.create_server((ADDRESS, port), backlog=WAITING)
    except OSError as error:
        log.warning("nobody can ask how far the download is: port %d: %s", port, error.strerror or error)
        return None


def _answer_all(listening: socket.socket, arrived: Arrived) -> None:
    handler = _handler(arrived)
    while True:
        try:
            caller, address = listening.accept()
        except OSError:  # it has been shut down
            return
        with caller, suppress(OSError):  # a caller who says nothing or has gone, or a disk that the download tells of
            handler(caller, address, None)  # type: ignore[arg-type] # a server, which it never asks


def _handler(arrived: Arrived) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """One question and its answer."""

        def setup(self) -> None:
            """Takes what has come as the whole of it: else a caller could go on for ever."""
            self.connection = self.request
            self.connection.settimeout(PATIENCE_SECONDS)
            self.rfile = BytesIO(self.connection.recv(LARGEST_QUESTION))
            self.wfile = self.connection.makefile("wb", buffering=0)

        def do_GET(self) -> None:
            """The one route, with any query: a runtime's is asked for a part."""
            if urlsplit(self.path).path == "/stats":
                self._tell()
            else:
                self.send_error(HTTPStatus.NOT_FOUND)

        def _tell(self) -> None:
            there, of_all = arrived()
            body = json.dumps({"download": {"bytes": there, "total_bytes": of_all}}).encode()
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """The log is the download's."""

    return Handler
