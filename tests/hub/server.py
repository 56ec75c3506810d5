"""Serving a hub over real HTTP, on two origins.

Files in LFS are sent by the second one, as the content network does it: what must not go there, such as the token,
would be seen.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import ThreadingHTTPServer

from tests.hub.handler import Handler
from tests.hub.hub import Hub


class Server(ThreadingHTTPServer):
    """Threads that end with the process, and no words about clients that were killed."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """What a client that went away raises here is what the tests want."""


@contextmanager
def serving(hub: Hub, host: str = "127.0.0.1", port: int = 0) -> Iterator[Hub]:
    """Serves until the end of the block, the hub itself at `port` (0: any free one)."""
    with ExitStack() as stack:
        hub.url = stack.enter_context(_listening(hub, host, port))
        hub.content_url = stack.enter_context(_listening(hub, host, 0))
        yield hub


@contextmanager
def _listening(hub: Hub, host: str, port: int) -> Iterator[str]:
    with Server((host, port), type("HubHandler", (Handler,), {"hub": hub})) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield f"http://{host}:{server.server_address[1]}"
        finally:
            server.shutdown()
