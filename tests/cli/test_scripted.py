"""What the other tests of this tier stand on: the engine does what it is told, and says what it did."""

import time

import pytest
from tests.cli.scripted import Scripted


def test_a_stream_comes_at_the_pace_that_was_said(server: Scripted) -> None:
    server.plays(first_seconds=0.2, interval_seconds=0.05)
    answer = server.chat(tokens=5)
    assert answer.text.count("data: ") == 6  # five tokens and the end; nobody asked for the usage
    (record,) = server.records()
    assert (record.status, record.tokens, record.stream) == (200, 5, True)
    assert record.first - record.arrived >= 0.2
    assert record.ended - record.first >= 4 * 0.05


def test_it_stands_still_and_fails_on_command(server: Scripted) -> None:
    server.plays(first_seconds=0)
    begun = time.monotonic()
    server.stands_still(0.5)
    server.chat(tokens=1)
    server.plays(failing=1, status=503)
    assert [server.chat().status_code, server.chat().status_code] == [503, 200]
    still, failed, _ = server.records()
    assert still.first >= begun + 0.5
    assert failed.status == 503


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/completions", "/v1/messages"])
def test_each_route_says_how_many_tokens_there_were(server: Scripted, path: str, stream: bool) -> None:
    asked = {"prompt": "hi"} if path == "/v1/completions" else {"messages": [{"role": "user", "content": "hi"}]}
    assert server.ask(path, {"max_tokens": 3, "stream": stream} | asked).status_code == 200
    assert [(record.path, record.tokens) for record in server.records()] == [(path, 3)]
