"""vLLM's events have the form for which the shell has its short way; in another form they would only cost more."""

import httpx
import pytest
from tests.engine.server import Server

from modelserver_runtime.stages.repeated import CLOSED, TEXTS

CHAT, COMPLETION = TEXTS
# So many that on a busy machine, too, where an event may have the text of several tokens, there are some events.
ASKED = {"model": "org/demo", "max_tokens": 200, "stream": True, "ignore_eos": True}


@pytest.mark.parametrize(
    ("path", "prompt", "text"),
    [
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "hi"}]}, CHAT),
        ("/v1/completions", {"prompt": "hi"}, COMPLETION),
    ],
)
def test_an_event_with_text_is_written_as_expected(
    server: Server, path: str, prompt: dict[str, object], text: bytes
) -> None:
    answer = httpx.post(server.url + path, json={**ASKED, **prompt}, timeout=60)
    events = [event + b"\n\n" for event in answer.content.split(b"\n\n")]

    expected = [event for event in events if b'"choices":' + text in event and event.endswith(CLOSED)]
    assert len(expected) >= 2
    assert all(event.count(b"\n") == 2 for event in expected)
