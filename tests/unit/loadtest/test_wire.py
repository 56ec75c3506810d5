"""Who a request is addressed to."""

import pytest
from tests.unit.loadtest.answering import chat

from modelserver_operator.cli.loadtest.generating.plan import Target
from modelserver_operator.cli.loadtest.generating.wire import prepared


@pytest.mark.parametrize(
    ("target", "host"),
    [
        (Target("127.0.0.1", 8000), "127.0.0.1:8000"),
        (Target("::1", 8000), "[::1]:8000"),
        (Target("10.0.0.1", 443, authority="models.example"), "models.example"),
    ],
)
def test_the_host_header_says_where_it_goes(target: Target, host: str) -> None:
    (request,) = prepared(target, (chat(),), ("chat",))
    assert f"\r\nHost: {host}\r\n".encode() in request.data()
