"""The receiver at the end of the way: what Alertmanager tells it, in the order in which it came."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, NamedTuple

Labels = dict[str, str]


class Told(NamedTuple):
    """An alert that arrived: "firing" or "resolved", its labels and annotations."""

    status: str
    labels: Labels
    annotations: Labels


class Webhook(ThreadingHTTPServer):
    """An HTTP server that takes Alertmanager's messages at every path."""

    def __init__(self, address: str) -> None:
        super().__init__((address, 0), _Handler)
        self._lock = Lock()
        self._told: list[Told] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.server_address[0]!s}:{self.server_port}/"

    def take(self, message: dict[str, Any]) -> None:
        """Keep what a message says."""
        with self._lock:
            self._told += [Told(each["status"], each["labels"], each["annotations"]) for each in message["alerts"]]

    def told(self) -> list[Told]:
        """All that has come so far."""
        with self._lock:
            return [*self._told]


class _Handler(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.take(json.loads(self.rfile.read(length)))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def listening(address: str) -> Iterator[Webhook]:
    """A receiver at a free port of this address."""
    with Webhook(address) as webhook:
        thread = Thread(target=webhook.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield webhook
        finally:
            webhook.shutdown()
            thread.join()
