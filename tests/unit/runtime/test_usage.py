"""Tokens out of every kind of answer, and the event that is there only because we asked for it."""

import json
from typing import Any

import pytest
from tests.unit.runtime.scripted import Bench, body

from modelserver_runtime.stages import usage

CHAT_PATH, COMPLETIONS, RESPONSES, MESSAGES = (
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/responses",
    "/v1/messages",
)
OPENAI: dict[str, Any] = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
INPUT = {"input_tokens": 7, "output_tokens": 3}
CACHED = {"input_tokens": 2, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 1, "output_tokens": 3}
CHUNK: dict[str, Any] = {"model": "demo", "choices": [{"delta": {"content": "a"}}]}
LAST = {"model": "demo", "choices": [], "usage": OPENAI}
STREAMS: dict[str, list[dict[str, Any]]] = {
    CHAT_PATH: [CHUNK, LAST],
    COMPLETIONS: [{"model": "demo", "choices": [{"text": "a"}]}, LAST],
    RESPONSES: [
        {"type": "response.created", "response": {"model": "demo", "usage": None}},
        {"type": "response.output_text.delta", "delta": "a"},
        {"type": "response.completed", "response": {"model": "demo", "usage": INPUT}},
    ],
    MESSAGES: [
        {"type": "message_start", "message": {"model": "demo", "usage": {"input_tokens": 7, "output_tokens": 0}}},
        {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "a"}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": CACHED},
    ],
}


def tokens(bench: Bench) -> tuple[float, float]:
    """Of prompts and of completions."""
    kinds = ("prompt", "completion")
    prompt, completion = (bench.metric(f"modelserver_{kind}_tokens_total", model="demo") for kind in kinds)
    return prompt, completion


async def streamed(bench: Bench, path: str, events: list[dict[str, Any]], **more: object) -> tuple[Any, list[Any]]:
    """What the engine is asked, and what the caller gets of `events`."""
    caller = bench.ask(path, body(path, stream=True, **more))
    call = await bench.engine.call()
    forwarded = await call.document()
    await call.start()
    for event in events:
        await call.send(b"data: " + json.dumps(event).encode() + b"\n\n")
    await call.send(b"data: [DONE]\n\n", more=False)
    call.ended.set()
    await caller.done()
    payloads = [block.removeprefix("data: ") for block in caller.body.decode().split("\n\n") if block]
    return forwarded, [json.loads(payload) for payload in payloads if payload != "[DONE]"]


@pytest.mark.parametrize(
    ("path", "told"), [(CHAT_PATH, OPENAI), (COMPLETIONS, OPENAI), (RESPONSES, INPUT), (MESSAGES, CACHED)]
)
async def test_a_json_answer_tells_its_tokens(path: str, told: dict[str, int]) -> None:
    bench = Bench()
    caller = bench.ask(path, body(path))
    await (await bench.engine.call()).answer({"model": "demo", "usage": told})
    assert (await caller.done()).document["usage"] == told
    assert tokens(bench) == (7, 3)


@pytest.mark.parametrize("path", STREAMS)
async def test_a_stream_tells_its_tokens(path: str) -> None:
    bench = Bench()
    await streamed(bench, path, STREAMS[path])
    assert tokens(bench) == (7, 3)
    assert bench.metric("modelserver_time_to_first_token_seconds_count", model="demo") == 1
    assert bench.metric("modelserver_inter_token_latency_seconds_count", model="demo") == 0


@pytest.mark.parametrize("path", [CHAT_PATH, COMPLETIONS])
@pytest.mark.parametrize(
    "options",
    [{}, {"stream_options": None}, {"stream_options": {"include_usage": False, "continuous_usage_stats": True}}],
)
async def test_who_did_not_ask_for_usage_never_sees_it(path: str, options: dict[str, Any]) -> None:
    forwarded, seen = await streamed(bench := Bench(), path, STREAMS[path], **options)
    assert forwarded["stream_options"] == {"include_usage": True, "continuous_usage_stats": False}
    assert seen == STREAMS[path][:-1]
    assert tokens(bench) == (7, 3)


@pytest.mark.parametrize(
    "options",
    [{"include_usage": True}, {"include_usage": True, "continuous_usage_stats": True, "include_obfuscation": False}],
)
async def test_who_asked_for_usage_gets_it_as_the_engine_tells_it(options: dict[str, Any]) -> None:
    events = [{**CHUNK, "usage": {**OPENAI, "completion_tokens": 1}}, LAST]
    forwarded, seen = await streamed(bench := Bench(), CHAT_PATH, events, stream_options=options)
    assert forwarded["stream_options"] == options
    assert seen == events
    assert tokens(bench) == (7, 3)


async def test_an_event_with_an_answer_and_usage_is_never_taken_away() -> None:
    events = [{**CHUNK, "usage": OPENAI}]
    _, seen = await streamed(Bench(), CHAT_PATH, events)
    assert seen == events


@pytest.mark.parametrize(
    ("path", "document"),
    [
        (CHAT_PATH, {}),
        (CHAT_PATH, {"stream": False, "stream_options": {"include_usage": False}}),  # the engine's to refuse
        (CHAT_PATH, {"stream": True, "stream_options": "yes"}),
        (CHAT_PATH, {"stream": True, "stream_options": {"include_usage": "banana"}}),
        (RESPONSES, {"stream": True}),
        (MESSAGES, {"stream": True}),
    ],
)
def test_what_needs_no_question_or_is_for_the_engine_to_judge_stays(path: str, document: dict[str, Any]) -> None:
    assert usage.ask(path, document) is document


@pytest.mark.parametrize("payload", [b"", b"[DONE]", b"[1]", b'"a"', b'{"usage": 3}', b'{"choices": {"a": 1}}', b"{"])
def test_what_is_no_answer_tells_nothing(payload: bytes) -> None:
    told = usage.read(payload)
    assert (told.tokens, told.shows) == (None, False)
