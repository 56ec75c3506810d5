"""The ports' connections."""

import socket

from modelserver_runtime import listen


def test_what_is_written_to_a_caller_does_not_wait_for_an_acknowledgement() -> None:
    """An answer's head and the first event of its stream are two writes: with Nagle's algorithm the second one waits
    40 ms on a connection that was asked before."""
    with (
        listen.bind("127.0.0.1", 0, "server.httpPort") as port,
        socket.create_connection(port.getsockname()),
        port.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
