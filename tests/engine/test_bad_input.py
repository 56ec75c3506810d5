"""Bad input of every kind against the real engine: the right status, in the shape of the API that was called."""

import json
import socket
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest
from tests.engine.server import Server, until

CHAT, COMPLETIONS, RESPONSES = "/v1/chat/completions", "/v1/completions", "/v1/responses"
MESSAGES, COUNT, TOKENIZE = "/v1/messages", "/v1/messages/count_tokens", "/tokenize"
HI = [{"role": "user", "content": "hi"}]
LEAST: dict[str, dict[str, Any]] = {
    CHAT: {"model": "demo", "messages": HI, "max_tokens": 2},
    COMPLETIONS: {"model": "demo", "prompt": "hi", "max_tokens": 2},
    RESPONSES: {"model": "demo", "input": "hi", "max_output_tokens": 16},
    MESSAGES: {"model": "demo", "messages": HI, "max_tokens": 2},
    COUNT: {"model": "demo", "messages": HI},
    TOKENIZE: {"model": "demo", "prompt": "hi"},
}
GENERATE = (CHAT, COMPLETIONS, RESPONSES, MESSAGES)
TEXT = {CHAT: "messages", COMPLETIONS: "prompt", RESPONSES: "input", MESSAGES: "messages", COUNT: "messages"}
JSON = "application/json"
LARGE = 64 * 1024 * 1024


class Bad(NamedTuple):
    """One request and its status; `code` is what an OpenAI route calls it ("": the engine's own refusal)."""

    path: str
    body: bytes
    status: int
    code: str
    content_type: str = JSON
    method: str = "POST"


def with_field(path: str, **more: Any) -> bytes:
    return json.dumps({**LEAST[path], **more}).encode()


def on_every_route() -> list[Bad]:
    rows: list[Bad] = []
    for path in LEAST:
        rows += [
            Bad(path, b"", 400, "invalid_json"),
            Bad(path, b"no json", 400, "invalid_json"),
            Bad(path, b'{"model": "demo"', 400, "invalid_json"),
            Bad(path, b"[]", 400, "invalid_json"),
            Bad(path, b'{"model": "demo", "x": [' + b"{}," * 300_000 + b"{}]}", 400, "invalid_json"),
            Bad(path, b"null", 400, "invalid_json"),
            Bad(path, b'{"model": "demo", "temperature": NaN}', 400, "invalid_json"),
            Bad(path, b'{"model": "demo", "temperature": Infinity}', 400, "invalid_json"),
            Bad(path, b'{"model": "demo", "temperature": 1e400}', 400, "invalid_json"),
            Bad(path, b'{"model": "demo", "x": "\\ud800"}', 400, "invalid_json"),
            Bad(path, b'{"model": "demo", "x": "\xff"}', 400, "invalid_json"),
            Bad(path, b'{"model": "demo", "x": ' + b"[" * 20_000 + b"]" * 20_000 + b"}", 400, "invalid_json"),
            Bad(path, b'{"model": "demo", "x": ' + b"[" * 20_000, 400, "invalid_json"),
            Bad(path, b'{"model": "demo", "x": ' + b"[" * 900 + b"]" * 900 + b"}", 400, "invalid_json"),
            Bad(path, b" " * LARGE, 413, "body_too_large"),
            Bad(path, with_field(path), 415, "unsupported_content_type", "text/plain"),
            Bad(path, with_field(path), 415, "unsupported_content_type", "multipart/form-data; boundary=x"),
            Bad(path, with_field(path), 415, "unsupported_content_type", ""),
            Bad(path, b"", 405, "wrong_method", method="GET"),
            Bad(path, with_field(path), 405, "wrong_method", method="PUT"),
            Bad(path, b"{}", 400, "model_required"),
            Bad(path, with_field(path, model=5), 400, "model_required"),
            Bad(path, with_field(path, model="nope"), 404, "model_not_found"),
            Bad(path, with_field(path, model="demo/../demo"), 404, "model_not_found"),
            Bad(path, with_field(path, no_such_field=1), 400, "unknown_field"),
            Bad(path + "/render", with_field(path), 404, "unknown_route"),
        ]
    return rows


def values() -> list[Bad]:
    long = "x" * 5000
    rows = [Bad(path, with_field(path, **{field: 5}), 400, "") for path, field in TEXT.items()]
    rows += [Bad(path, with_field(path, temperature="hot"), 400, "") for path in GENERATE]
    rows += [Bad(path, with_field(path, temperature=-1), 400, "") for path in GENERATE]
    rows += [Bad(path, with_field(path, stream="yes"), 400, "invalid_value") for path in GENERATE]
    rows += [
        Bad(CHAT, with_field(CHAT, messages=[{"role": "user", "content": long}]), 400, ""),
        Bad(COMPLETIONS, with_field(COMPLETIONS, prompt=long), 400, ""),
        Bad(RESPONSES, with_field(RESPONSES, input=long), 400, ""),
        Bad(MESSAGES, with_field(MESSAGES, messages=[{"role": "user", "content": long}]), 400, ""),
        Bad(TOKENIZE, with_field(TOKENIZE, prompt="x" * 70_000), 400, "invalid_value"),
        Bad(TOKENIZE, with_field(TOKENIZE, prompt=["hi"]), 400, ""),
        Bad(MESSAGES, json.dumps({"model": "demo", "messages": HI}).encode(), 400, ""),
        Bad(CHAT, with_field(CHAT, max_tokens="2"), 400, "invalid_value"),
        Bad(CHAT, with_field(CHAT, n=1_000_000), 400, "too_many_sequences"),
        Bad(CHAT, with_field(CHAT, n="3"), 400, "invalid_value"),
        Bad(RESPONSES, with_field(RESPONSES, background=True), 400, "not_supported"),
        Bad(RESPONSES, with_field(RESPONSES, previous_response_id="resp_1"), 400, "not_supported"),
        Bad("/invocations", with_field(CHAT), 404, "unknown_route"),
        Bad("/v1/messages/batches", with_field(MESSAGES), 404, "unknown_route"),
        Bad("/scale_elastic_ep", b"{}", 404, "unknown_route"),
    ]
    return rows


SMUGGLED: dict[str, Any] = {
    "vllm_xargs": {"x": 1},
    "priority": -5,
    "cache_salt": "salt",
    "kv_transfer_params": {"do_remote_decode": True},
    "ec_transfer_params": {"x": 1},
    "session_id": "x",
    "request_id": "x",
    "chat_template": "{{ 1 }}",
    "data_parallel_rank": 1,
    "logits_processors": ["os.system"],
    "mm_processor_kwargs": {"x": 1},
    "watermarking": True,
}


def smuggled() -> list[Bad]:
    """A field that a route's API does not have is unknown there, the others are named with the reason."""
    return [Bad(path, with_field(path, **{k: v}), 400, "?") for path in GENERATE for k, v in SMUGGLED.items()]


@pytest.mark.parametrize("bad", [*on_every_route(), *values(), *smuggled()], ids=lambda bad: f"{bad.method}-{bad.path}")
def test_bad_input_is_refused_in_the_callers_words(server: Server, bad: Bad) -> None:
    headers = {"content-type": bad.content_type} if bad.content_type else {}
    with httpx.Client(base_url=server.url, timeout=60) as client:
        answer = client.request(bad.method, bad.path, content=bad.body, headers=headers)
        assert client.get("/health").json()["status"] == "ok"
    assert answer.status_code == bad.status, answer.text
    error = answer.json()["error"]
    assert error["message"]
    if bad.path.startswith("/v1/messages"):
        assert answer.json()["type"] == "error"
        assert answer.json()["request_id"] == answer.headers["request-id"]
        assert error["type"] == {404: "not_found_error", 413: "request_too_large"}.get(
            bad.status, "invalid_request_error"
        )
    else:
        assert error["type"] == "invalid_request_error"
        assert error["code"] in ({"unknown_field", "not_supported"} if bad.code == "?" else {bad.code or None})


HEADERS = {
    "x-vllm-priority": "-5",
    "x-data-parallel-rank": "7",
    "x-session-id": "x" * 5000,
    "x-kv-transfer": "x",
    "content-encoding": "gzip",
    "transfer-encoding-x": "chunked",
}


@pytest.mark.parametrize("path", LEAST)
def test_orders_in_headers_and_query_are_not_heard(server: Server, path: str) -> None:
    answer = httpx.post(f"{server.url}{path}?priority=5&model=nope", json=LEAST[path], headers=HEADERS, timeout=60)
    assert answer.status_code == 200, answer.text


def test_bodies_that_trickle_keep_nobody_waiting(server: Server) -> None:
    """That each ends as a 408 takes 30 seconds; the tests of the shell have a clock of their own for it."""
    url = urlsplit(server.url)
    head = f"POST {CHAT} HTTP/1.1\r\nhost: x\r\ncontent-type: {JSON}\r\ncontent-length: 1000\r\n\r\n".encode()
    before = server.metric("modelserver_clients_gone_total")
    slow = [socket.create_connection((url.hostname or "", url.port or 0)) for _ in range(50)]
    for connection in slow:
        connection.sendall(head + b'{"model": ')
    answer = httpx.post(server.url + CHAT, json=LEAST[CHAT], timeout=60)
    assert answer.status_code == 200
    until(lambda: server.metric("modelserver_unfinished_requests") == 0)  # the answered one counts for a moment still
    for connection in slow:
        connection.close()
    until(lambda: server.metric("modelserver_clients_gone_total") == before + len(slow))
