"""The bound of what is generated, as vLLM keeps it on each route: by a limit of 4,000 tokens in a context of 4,096."""

from typing import Any

import httpx
import pytest
from tests.engine.conftest import GENERATION
from tests.engine.server import Server

LIMIT = GENERATION["maxTokensLimit"]
CHAT, COMPLETIONS, RESPONSES = "/v1/chat/completions", "/v1/completions", "/v1/responses"
MESSAGES = "/v1/messages"
BOUNDS = [(CHAT, "max_completion_tokens"), (CHAT, "max_tokens"), (COMPLETIONS, "max_tokens")]
BOUNDS += [(RESPONSES, "max_output_tokens"), (MESSAGES, "max_tokens")]
FULL = {"ignore_eos": True}


def body(path: str, text: str, **more: Any) -> dict[str, Any]:
    field = {COMPLETIONS: "prompt", RESPONSES: "input"}.get(path, "messages")
    return {"model": "demo", field: [{"role": "user", "content": text}] if field == "messages" else text, **more}


def generated(answer: httpx.Response) -> int:
    """The tokens of the answer."""
    assert answer.status_code == 200, answer.text
    usage = answer.json()["usage"]
    return int(usage.get("completion_tokens", usage.get("output_tokens")))


def ask(server: Server, path: str, document: dict[str, Any]) -> httpx.Response:
    return httpx.post(server.url + path, json=document, timeout=120)


@pytest.mark.parametrize(("path", "name"), BOUNDS)
def test_more_than_the_limit_is_refused_by_the_callers_name_for_it(server: Server, path: str, name: str) -> None:
    answer = ask(server, path, body(path, "hi", **{name: LIMIT + 1}))
    assert answer.status_code == 400
    assert name in answer.json()["error"]["message"]
    assert str(LIMIT) in answer.json()["error"]["message"]


@pytest.mark.parametrize(("path", "name"), BOUNDS)
def test_the_limit_itself_leaves_room_for_a_long_prompt(server: Server, path: str, name: str) -> None:
    more = {} if path == MESSAGES else FULL
    answer = ask(server, path, body(path, "x" * 4050, **{name: LIMIT}, **more))
    assert 0 < generated(answer) < 50


@pytest.mark.parametrize("path", [CHAT, RESPONSES])
def test_a_silent_request_with_a_long_prompt_gets_what_is_left(server: Server, path: str) -> None:
    assert 0 < generated(ask(server, path, body(path, "x" * 4050, **FULL))) < 50


@pytest.mark.parametrize("path", [CHAT, RESPONSES])
def test_a_silent_request_is_bounded_by_the_limit(server: Server, path: str) -> None:
    assert generated(ask(server, path, body(path, "hi", **FULL))) == LIMIT


def test_a_silent_completion_stays_short_as_in_openais_api(server: Server) -> None:
    assert generated(ask(server, COMPLETIONS, body(COMPLETIONS, "hi", **FULL))) == 16
