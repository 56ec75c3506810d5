"""Who a request is addressed to."""

import pytest
from tests.unit.loadtest.answering import chat

from modelserver_operator.cli.loadtest.generating.plan import Destination
from modelserver_operator.cli.loadtest.generating.wire import prepared


@pytest.mark.parametrize(
    ("destination", "host"),
    [
        (Destination("127.0.0.1", 8000), "127.0.0.1:8000"),
        (Destination("::1", 8000), "[::1]:8000"),
        (Destination("10.0.0.1", 443, authority="models.example"), "models.example"),
    ],
)
def test_the_host_header_says_where_it_goes(destination: Destination, host: str) -> None:
    (request,) = prepared(destination, (chat(),), ("chat",))
    assert f"\r\nHost: {host}\r\n".encode() in request.data()
