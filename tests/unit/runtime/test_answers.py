"""The caller's name in every answer and event, however the bytes arrive; and vLLM's errors in the family's shape."""

import json
from typing import Any

import pytest
from tests.unit.runtime.scripted import CHAT, JSON, SSE, Bench, body

from modelserver_runtime.stages import sse

ALIAS = "org/demo"
CHAT_STREAM = (
    b'data: {"id":"1","object":"chat.completion.chunk","model":"demo","choices":[{"delta":{"content":"I am \\"model\\":'
    b'\\"demo\\", \xc3\xbc\xf0\x9f\x98\x80"}}]}\n\n'
    b": keep-alive\n\n"
    b'data: {"id":"1","model":"demo","choices":[],"usage":{"total_tokens":3}}\n\n'
    b"data: [DONE]\n\n"
)
RESPONSES_STREAM = (
    b'event: response.created\ndata: {"response":{"id":"r","model":"demo","error":null},"type":"response.created"}\n\n'
    b'event: response.output_text.delta\ndata: {"delta":"demo","type":"response.output_text.delta"}\n\n'
    b'event: response.completed\ndata: {"response":{"id":"r","model":"demo"},"type":"response.completed"}\n\n'
)
MESSAGES_STREAM = (
    b'event: message_start\r\ndata: {"type":"message_start","message":{"id":"m","model":"demo","content":[]}}\r\n\r\n'
    b'event: message_stop\r\ndata: {"type":"message_stop"}\r\n\r\n'
)
STREAMS = {"/v1/chat/completions": CHAT_STREAM, "/v1/responses": RESPONSES_STREAM, "/v1/messages": MESSAGES_STREAM}


def events(stream: bytes) -> list[tuple[bytes, Any]]:
    """(event name, data) of each event, read independently of the code under test."""
    found = []
    for block in stream.replace(b"\r\n", b"\n").strip(b"\n").split(b"\n\n"):
        lines = dict(line.split(b": ", 1) for line in block.split(b"\n") if not line.startswith(b":"))
        data = lines.get(b"data", b"null")
        found.append((lines.get(b"event", b""), data if data == b"[DONE]" else json.loads(data)))
    return found


def renamed(document: Any) -> Any:
    """What a caller of the alias should see: outer names replaced, whatever the model said kept."""
    if not isinstance(document, dict):
        return document
    for holder in (document, document.get("response"), document.get("message")):
        if holder and holder.get("model") == "demo":
            holder["model"] = ALIAS
    return document


async def streamed(path: str, stream: bytes, size: int) -> bytes:
    """What a caller of the alias gets of `stream`, which arrives in pieces of `size` bytes."""
    bench = Bench()
    told = {"stream_options": {"include_usage": True}} if path == "/v1/chat/completions" else {}
    caller = bench.ask(path, body(path, model=ALIAS, stream=True, **told))
    call = await bench.engine.call()
    await call.start(content_type=SSE)
    for start in range(0, len(stream), size):
        await call.send(stream[start : start + size])
    await call.send(b"", more=False)
    call.ended.set()
    await caller.done()
    assert caller.headers["content-type"] == SSE.decode()
    return caller.body


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 16, 61, 250, 10_000])
@pytest.mark.parametrize("path", STREAMS)
async def test_streams_carry_the_callers_name_wherever_they_are_cut(path: str, size: int) -> None:
    got = events(await streamed(path, STREAMS[path], size))
    assert got == [(name, renamed(data)) for name, data in events(STREAMS[path])]
    assert ALIAS.encode() in await streamed(path, STREAMS[path], size)


async def test_a_stream_cut_off_by_the_engine_loses_no_byte() -> None:
    unfinished = b'data: {"model":"demo"}\n\ndata: {"mod'
    assert (await streamed("/v1/chat/completions", unfinished, 10_000)).endswith(b'data: {"mod')


async def test_each_event_leaves_as_soon_as_it_is_whole() -> None:
    bench = Bench()
    caller = bench.chat(ALIAS, stream=True)
    call = await bench.engine.call()
    await call.start()
    await call.send(b'data: {"model":"demo"')
    assert not caller.status
    await call.send(b"}\n")
    assert not caller.status
    await call.send(b'\ndata: {"next"')
    assert caller.body == b'data: {"model":"org/demo"}\n\n'
    await call.send(b"", more=False)
    call.ended.set()
    await caller.done()


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/messages"])
@pytest.mark.parametrize("model", ["demo", ALIAS])
async def test_json_answers_carry_the_callers_name(path: str, model: str) -> None:
    bench = Bench()
    caller = bench.ask(path, body(path, model=model))
    call = await bench.engine.call()
    assert (await call.document())["model"] == "demo"
    said = {"id": "1", "model": "demo", "choices": [{"text": '"model":"demo"', "logprob": -1e-07}], "n": 12345678901234}
    await call.answer(said)

    await caller.done()
    assert caller.document == {**said, "model": model}
    assert int(caller.headers["content-length"]) == len(caller.body)


async def test_a_whole_answer_may_arrive_in_pieces() -> None:
    bench = Bench()
    caller = bench.chat(ALIAS)
    call = await bench.engine.call()
    await call.start(content_type=JSON)
    for byte in b'{"model":"demo"}':
        await call.send(bytes([byte]))
    await call.send(b"", more=False)
    call.ended.set()
    assert (await caller.done()).document == {"model": ALIAS}


VLLM_ERRORS = [
    (
        400,
        {"error": {"message": "m", "type": "BadRequestError", "param": "temperature", "code": 400}},
        "m",
        "temperature",
    ),
    (400, {"detail": "There was an error parsing the body"}, "There was an error parsing the body", None),
    (400, {"type": "error", "error": {"type": "BadRequestError", "message": "m"}}, "m", None),
    (400, {"error": "Unauthorized"}, "Unauthorized", None),
    (422, {"message": "m"}, "m", None),
    (400, ["what is this"], "The engine refused the request.", None),
    (503, {"error": {"message": "busy", "code": 503}}, "busy", None),
]


@pytest.mark.parametrize(("status", "document", "message", "param"), VLLM_ERRORS)
async def test_vllms_errors_take_openais_shape(status: int, document: object, message: str, param: str | None) -> None:
    bench = Bench()
    caller = bench.chat()
    await (await bench.engine.call()).answer(document, status=status)
    await caller.done()
    type_ = "server_error" if status == 503 else "invalid_request_error"
    assert caller.status == status
    assert caller.document == {"error": {"message": message, "type": type_, "param": param, "code": None}}


@pytest.mark.parametrize(("status", "document", "message", "param"), VLLM_ERRORS)
async def test_vllms_errors_take_anthropics_shape(
    status: int, document: object, message: str, param: str | None
) -> None:
    bench = Bench()
    caller = bench.ask("/v1/messages", {**CHAT}, headers={"x-request-id": "mine"})
    await (await bench.engine.call()).answer(document, status=status)
    await caller.done()
    error = {"type": "overloaded_error" if status == 503 else "invalid_request_error", "message": message}
    assert caller.status == {503: 529, 422: 400}.get(status, status)
    assert caller.document == {"type": "error", "error": error, "request_id": "mine"}


async def test_a_failure_inside_the_engine_keeps_its_details_to_the_log() -> None:
    bench = Bench()
    caller = bench.chat()
    await (await bench.engine.call()).answer({"error": {"message": "secret /path", "code": 500}}, status=500)
    await caller.done()
    assert caller.status == 500
    assert "secret" not in caller.body.decode()
    assert caller.document["error"]["type"] == "server_error"


async def test_a_dead_engine_is_told_as_that_before_we_notice_it() -> None:
    bench = Bench()
    caller = bench.chat()
    said = "EngineCore encountered an issue. See stack trace (above) for the root cause."
    await (await bench.engine.call()).answer({"error": {"message": said, "code": 500}}, status=500)
    await caller.done()
    assert (caller.status, caller.document["error"]["code"]) == (503, "broken")


ENGINE_REFUSES = {"error": {"message": "m", "type": "BadRequestError", "code": 400}}
ENGINE_FAILS = {"error": {"message": "m", "type": "InternalServerError", "code": 500}}


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize(("document", "reason"), [(ENGINE_REFUSES, "engine"), (ENGINE_FAILS, "internal")])
async def test_what_the_engine_refuses_is_counted_once_and_logged_as_that(
    streams: bool, document: dict[str, Any], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="modelserver_runtime")
    bench = Bench()
    caller = bench.chat(stream=streams)
    call = await bench.engine.call()
    if streams:
        await call.start()
        await call.send(CHAT_STREAM[: CHAT_STREAM.index(b": keep")])
        await call.send(2 * (b"data: " + json.dumps(document).encode() + b"\n\n"))
        call.ended.set()
    else:
        await call.answer(document, status=document["error"]["code"])
    await caller.done()
    assert caller.status == (200 if streams else document["error"]["code"])
    assert {reason: 1} == {
        sample.labels["reason"]: sample.value
        for metric in bench.registry.collect()
        for sample in metric.samples
        if sample.name == "modelserver_requests_refused_total" and sample.value
    }
    assert [record.__dict__["fields"]["outcome"] for record in caplog.records] == [reason]


async def test_an_error_as_the_first_event_becomes_a_status() -> None:
    """vLLM's own queue limit answers 200 and then says no, which no client tries again."""
    bench = Bench()
    caller = bench.chat(stream=True)
    call = await bench.engine.call()
    await call.start()
    await call.send(b'data: {"error":{"message":"busy","type":"Service Unavailable","code":503}}\n\n')
    await call.send(b"data: [DONE]\n\n")
    await call.send(b"", more=False)
    call.ended.set()
    await caller.done()
    assert caller.status == 503
    assert caller.headers["retry-after"] == "1"


@pytest.mark.parametrize(
    ("path", "event", "want"),
    [
        (
            "/v1/chat/completions",
            b'data: {"error":{"message":"too long","type":"BadRequestError","param":null,"code":400}}\n\n',
            b'data: {"error":{"message":"too long","type":"invalid_request_error","param":null,"code":null}}\n\n'
            b"data: [DONE]\n\n",
        ),
        (
            "/v1/messages",
            b'event: error\ndata: {"type":"error","error":{"type":"InternalServerError","message":"stack"}}\n\n',
            b'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"The server failed to answer; '
            b'its log has the reason under this request id."},"request_id":"mine"}\n\n',
        ),
    ],
)
async def test_an_error_in_the_middle_of_a_stream_ends_it_in_the_familys_shape(
    path: str, event: bytes, want: bytes
) -> None:
    bench = Bench()
    caller = bench.ask(path, body(path, stream=True), headers={"x-request-id": "mine"})
    call = await bench.engine.call()
    await call.start()
    await call.send(b'data: {"choices":[]}\n\n' + event + b"data: [DONE]\n\n")
    await call.send(b"", more=False)
    call.ended.set()
    await caller.done()
    assert caller.status == 200
    assert caller.body == b'data: {"choices":[]}\n\n' + want


async def test_a_model_may_speak_of_errors() -> None:
    stream = b'data: {"model":"demo","choices":[{"delta":{"content":"\\"error\\""}}],"x":{"error":1}}\n\n'
    assert events(await streamed("/v1/chat/completions", stream, 10_000)) == [
        (name, renamed(data)) for name, data in events(stream)
    ]


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        (b"data: one\ndata: two\n\n", b"one\ntwo"),
        (b"data:tight\n\n", b"tight"),
        (b": comment\n\n", b""),
        (b"event: x\r\ndata: y\r\n\r\n", b"y"),
    ],
)
def test_the_payload_of_an_event(event: bytes, payload: bytes) -> None:
    assert sse.data(event) == payload


def test_other_lines_of_an_event_stay() -> None:
    assert sse.with_data(b"id: 7\nevent: x\ndata: old\n\n", b"new") == b"id: 7\nevent: x\ndata: new\n\n"
