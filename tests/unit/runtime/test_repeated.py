"""The short way for events that are alike gives what the long way would, and leaves alone what is not alike."""

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.unit.runtime.scripted import CHAT, SSE, Bench

from modelserver_runtime.reply import Reply
from modelserver_runtime.stages import usage

HEAD: dict[str, Any] = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1784000000, "model": "demo"}
ENDING = {"logprobs": None, "finish_reason": None}
USAGE = {"prompt_tokens": 7, "completion_tokens": 2}


def written(document: object) -> bytes:
    """As vLLM writes an event."""
    return b"data: " + json.dumps(document, separators=(",", ":")).encode() + b"\n\n"


def chat(text: str, **more: Any) -> dict[str, Any]:
    return {**HEAD, "choices": [{"index": 0, "delta": {"content": text}, **ENDING}], **more}


def completion(text: str, **more: Any) -> dict[str, Any]:
    return {**HEAD, "choices": [{"index": 0, "text": text, **ENDING}], **more}


UNLIKE = [
    {**HEAD, "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, **ENDING}]},
    chat(""),
    chat('"model":"demo"'),
    chat('","model":"demo","choices":[{"index":0,"delta":{"content":"'),
    chat("a\n\ndata: b"),
    {**HEAD, "choices": [{"index": 0, "delta": {"content": "", "tool_calls": [{"index": 0}]}, **ENDING}]},
    chat("a", usage=USAGE),
    chat("a", model="other"),
    {**chat("a"), "created": 1784000001},
    {**HEAD, "choices": [{"index": 1, "delta": {"content": "a"}, **ENDING}]},
    {**HEAD, "choices": []},
    {**HEAD, "model": "demo", "note": {"model": "demo"}, "choices": [{"index": 0, "delta": {"content": "a"}}]},
    completion("a"),
]


async def seen(chunks: list[bytes]) -> tuple[Bench, list[Any]]:
    """What a caller of an alias gets of `chunks`."""
    bench = Bench()
    caller = bench.ask("/v1/chat/completions", {**CHAT, "model": "org/demo", "stream": True})
    call = await bench.engine.call()
    await call.start(content_type=SSE)
    for chunk in chunks:
        await call.send(chunk)
    await call.send(b"data: [DONE]\n\n", more=False)
    call.ended.set()
    await caller.done()
    blocks = [block.removeprefix("data: ") for block in caller.body.decode().split("\n\n") if block]
    assert blocks.pop() == "[DONE]"
    return bench, [json.loads(block) for block in blocks]


def renamed(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "model": "org/demo" if document["model"] == "demo" else document["model"]}


@pytest.mark.parametrize("event", [chat, completion])
@pytest.mark.parametrize("unlike", UNLIKE, ids=lambda document: json.dumps(document)[75:130])
async def test_an_event_between_others_is_what_it_would_be_alone(event: Any, unlike: dict[str, Any]) -> None:
    events = [event("one"), event("two"), unlike, event("three")]
    _, got = await seen([written(each) for each in events])
    assert got == [renamed(each) for each in events]


@pytest.mark.parametrize("event", [chat, completion])
@pytest.mark.parametrize("size", [1, 100, 10_000])
async def test_events_that_are_cut_or_glued_together_are_whole(event: Any, size: int) -> None:
    events = [event(text) for text in ("one", "two", '"', "\\", "ü", "three")]
    stream = written(events[0]) + b"".join(map(written, events[1:]))
    _, got = await seen([stream[start : start + size] for start in range(0, len(stream), size)])
    assert got == [renamed(each) for each in events]


async def test_two_events_in_one_piece_are_two() -> None:
    events = [chat(text) for text in ("one", "two", "three")]
    _, got = await seen([written(events[0]), written(events[1]) + written(events[2])])
    assert got == [renamed(each) for each in events]


async def test_what_came_before_an_event_stays_before_it() -> None:
    bench = Bench()
    caller = bench.ask("/v1/chat/completions", {**CHAT, "stream": True})
    call = await bench.engine.call()
    await call.start()
    for chunk in (written(chat("one")), b": a comment\n", written(chat("two")), b": the end\n\n"):
        await call.send(chunk)
    await call.send(b"", more=False)
    call.ended.set()
    assert (await caller.done()).body == written(chat("one")) + b": a comment\n" + written(
        chat("two")
    ) + b": the end\n\n"


async def test_what_is_redacted_never_takes_the_short_way() -> None:
    class Nothing:
        def whole(self, document: dict[str, Any]) -> dict[str, Any]:
            return document

        def events(self, document: dict[str, Any]) -> list[dict[str, Any]]:
            return [document] if "one" in json.dumps(document) else []

    @contextlib.asynccontextmanager
    async def conceal(_path: str, _document: dict[str, Any], _reply: Reply) -> AsyncIterator[Nothing]:
        yield Nothing()

    bench = Bench()
    bench.parts.ask._conceal = conceal
    caller = bench.ask("/v1/chat/completions", {**CHAT, "stream": True})
    call = await bench.engine.call()
    await call.start()
    for text in ("one", "two"):
        await call.send(written(chat(text)))
    await call.send(b"data: [DONE]\n\n", more=False)
    call.ended.set()
    assert (await caller.done()).body == written(chat("one")) + b"data: [DONE]\n\n"


@pytest.mark.parametrize("event", [chat, completion])
async def test_the_short_way_counts_what_the_long_way_counts(event: Any) -> None:
    bench, _ = await seen([written(event(text)) for text in ("one", "", "two", "three")])
    assert bench.metric("modelserver_time_to_first_token_seconds_count", model="org/demo") == 1
    assert bench.metric("modelserver_inter_token_latency_seconds_count", model="org/demo") == 2
    assert bench.metric("modelserver_completion_tokens_total", model="org/demo") == 3


@pytest.mark.parametrize("event", [chat, completion])
async def test_what_vllm_writes_for_a_token_goes_the_short_way(event: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[bytes] = []
    long_way = usage.read

    def read(payload: bytes) -> usage.Told:
        parsed.append(payload)
        return long_way(payload)

    monkeypatch.setattr(usage, "read", read)
    await seen([written(event(text)) for text in ("one", "two", "", "three")])
    assert [payload for payload in parsed if b"two" in payload or b"three" in payload] == []
    assert len(parsed) == 2  # the first one and [DONE]


async def test_usage_is_never_passed_over() -> None:
    bench, _ = await seen([written(chat("one")), written(chat("two", usage=USAGE))])
    assert bench.metric("modelserver_prompt_tokens_total", model="org/demo") == 7


async def test_a_tool_call_beside_an_empty_text_is_something_to_see() -> None:
    call = {**HEAD, "choices": [{"index": 0, "delta": {"content": "", "tool_calls": [{"index": 0}]}, **ENDING}]}
    bench, _ = await seen([written(chat("one")), written(call)])
    assert bench.metric("modelserver_completion_tokens_total", model="org/demo") == 2
