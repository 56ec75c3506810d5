"""Nothing of a hidden channel in what vLLM was recorded to say of a model that thinks aloud, and all else in order.

The recordings are whole answers of vLLM 0.32 to the model of tests/engine/harmony_model: `plain` ones, and such as
call a tool. tests/engine/test_harmony.py asks the same of the living engine.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from tests.unit.runtime.harmony import answered, bench
from tests.unit.runtime.scripted import SSE

CHAT, COMPLETIONS, RESPONSES = "/v1/chat/completions", "/v1/completions", "/v1/responses"
MESSAGES = "/v1/messages"
RECORDED = Path(__file__).parent / "harmony_recorded"
CANARY = "Canary"
REQUIRED = {MESSAGES: {"max_tokens": 100}}
ANSWER, ARGUMENTS = "Hello there, all is well.", {"city": "Paris"}
PATHS = {"chat": CHAT, "responses": RESPONSES, "messages": MESSAGES}
NAMES = [f"{api}{kind}" for api in PATHS for kind in ("", "-plain")]
SIGNS = (CANARY, "reasoning_text", "thinking", "analysis", "<|", "summary")  # each stands in one recording at least


def recorded(name: str) -> bytes:
    return (RECORDED / name).read_bytes()


async def shown(folder: Path, name: str) -> bytes:
    """What a caller gets of a recording."""
    said = recorded(name)
    what = json.loads(said) if name.endswith(".json") else said
    path = PATHS[name.split(".", maxsplit=1)[0].removesuffix("-plain")]
    return await answered(bench(folder), path, what, **REQUIRED.get(path, {}))


def events(stream: bytes) -> list[Any]:
    """The JSON of each event."""
    lines = [line.removeprefix(b"data: ") for line in stream.splitlines() if line.startswith(b"data: ")]
    return [json.loads(line) for line in lines if line != b"[DONE]"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", [".json", ".sse"])
async def test_nothing_hidden_is_shown(tmp_path: Path, name: str, kind: str) -> None:
    assert CANARY in recorded(name + kind).decode(), "the recording would show a leak"
    body = (await shown(tmp_path, name + kind)).decode()
    assert not [sign for sign in SIGNS if sign in body]
    assert "Paris" in body or "well" in body


async def test_chat_streams_the_answer_without_log_probabilities(tmp_path: Path) -> None:
    told = events(await shown(tmp_path, "chat-plain.sse"))
    choices = [event["choices"][0] for event in told]
    assert "".join(choice["delta"].get("content", "") for choice in choices) == ANSWER
    assert {choice["logprobs"] for choice in choices} == {None}
    assert (choices[0]["delta"]["role"], choices[-1]["finish_reason"]) == ("assistant", "stop")


async def test_chat_streams_calls(tmp_path: Path) -> None:
    choices = [event["choices"][0] for event in events(await shown(tmp_path, "chat.sse"))]
    calls = [call["function"] for choice in choices for call in choice["delta"].get("tool_calls", [])]
    assert calls[0]["name"] == "get_weather"
    assert json.loads("".join(call.get("arguments", "") for call in calls)) == ARGUMENTS
    assert choices[-1]["finish_reason"] == "tool_calls"


@pytest.mark.parametrize("name", ["responses", "responses-plain"])
async def test_responses_count_what_is_shown(tmp_path: Path, name: str) -> None:
    told = events(await shown(tmp_path, name + ".sse"))
    assert [event["sequence_number"] for event in told] == list(range(len(told)))
    about_items = [event for event in told if "output_index" in event]
    assert {event["output_index"] for event in about_items} == {0}
    done = [event["item"] for event in told if event["type"] == "response.output_item.done"]
    (item,) = told[-1]["response"]["output"]
    assert [each["id"] for each in done] == [item["id"]] == [about_items[0]["item"]["id"]]
    assert not {"output_index", "sequence_number"} & done[0].keys(), "vLLM leaves its own numbers in calls"


async def test_responses_count_several_items_in_their_order(tmp_path: Path) -> None:
    kinds = ["reasoning", "message", "mcp_call", "function_call"]
    stream = b"".join(
        b"data: " + json.dumps({"type": what, "output_index": place, "item": {"type": kind}}).encode() + b"\n\n"
        for place, kind in enumerate(kinds)
        for what in ("response.output_item.added", "response.output_item.done")
    )
    told = events(await answered(bench(tmp_path), RESPONSES, stream))
    assert [(event["item"]["type"], event["output_index"]) for event in told] == [
        *[("message", 0)] * 2,
        *[("function_call", 1)] * 2,
    ]


@pytest.mark.parametrize("name", ["messages", "messages-plain"])
async def test_messages_count_what_is_shown(tmp_path: Path, name: str) -> None:
    told = [
        (event["type"], event["index"]) for event in events(await shown(tmp_path, name + ".sse")) if "index" in event
    ]
    assert [told[0], told[-1]] == [("content_block_start", 0), ("content_block_stop", 0)]
    assert set(told[1:-1]) == {("content_block_delta", 0)}


NEW = {"thoughts": CANARY}  # a field of another day
ITEM = {"type": "message", "id": "m", "content": [{"type": "output_text", "text": "x", **NEW}, {"type": "new", **NEW}]}
WHOLE: dict[str, dict[str, Any]] = {
    CHAT: {"id": "c", "choices": [{"index": 0, "message": {"role": "assistant", "content": "x", **NEW}, **NEW}], **NEW},
    RESPONSES: {
        "id": "r",
        "status": "completed",
        "output": [{"type": "mcp_call", "arguments": CANARY}, {**ITEM, **NEW}],
        "output_messages": [CANARY],
        **NEW,
    },
    MESSAGES: {
        "id": "m",
        "content": [{"type": "redacted_thinking", "data": CANARY}, {"type": "text", "text": "x", **NEW}],
        "stop_reason": "end_turn",
        **NEW,
    },
}


@pytest.mark.parametrize("path", WHOLE)
async def test_names_of_another_day_are_hidden_until_they_are_known(tmp_path: Path, path: str) -> None:
    body = await answered(bench(tmp_path), path, WHOLE[path], **REQUIRED.get(path, {}))
    assert CANARY.encode() not in body
    assert b'"x"' in body


PLACE: dict[str, Any] = {"index": 0, "output_index": 0, "item_id": "m", "content_index": 0, "sequence_number": 0}
EVENTS: dict[str, list[dict[str, Any]]] = {
    RESPONSES: [
        {"type": "response.created", "response": WHOLE[RESPONSES]},
        {"type": "response.output_item.added", **PLACE, "item": {**ITEM, **NEW}},
        {"type": "response.content_part.added", **PLACE, "part": ITEM["content"][0]},
        {"type": "response.output_text.delta", **PLACE, "delta": "x", "logprobs": [CANARY]},
        {"type": "response.output_text.thoughts", **PLACE, "delta": CANARY},
        {"type": "response.output_item.done", **PLACE, "item": {**ITEM, **NEW}},
    ],
    MESSAGES: [
        {"type": "message_start", "message": {"id": "m", "content": [{"type": "thinking", "thinking": CANARY}], **NEW}},
        {"type": "content_block_start", **PLACE, "content_block": {"type": "text", "text": "", **NEW}},
        {"type": "content_block_delta", **PLACE, "delta": {"type": "text_delta", "text": "x", **NEW}},
        {"type": "content_block_delta", **PLACE, "delta": {"type": "thinking_delta", "thinking": CANARY}},
        {"type": "content_block_stop", **PLACE},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn", **NEW}},
        {"type": "message_stop"},
    ],
}
EVENTS[CHAT] = [{**WHOLE[CHAT], "choices": [{"index": 0, "delta": {"content": "x", **NEW}, **NEW}]}]


@pytest.mark.parametrize("path", EVENTS)
async def test_nor_are_they_in_events(tmp_path: Path, path: str) -> None:
    stream = b"".join(b"data: " + json.dumps({**each, **NEW}).encode() + b"\n\n" for each in EVENTS[path])
    body = await answered(bench(tmp_path), path, stream, **REQUIRED.get(path, {}))
    assert CANARY.encode() not in body
    hidden = 1 if path != CHAT else 0
    assert len(events(body)) == len(EVENTS[path]) - hidden
    assert b'"x"' in body


async def test_a_message_is_never_without_a_block(tmp_path: Path) -> None:
    said = {"content": [{"type": "redacted_thinking", "data": CANARY}], "stop_reason": "end_turn"}
    body = await answered(bench(tmp_path), MESSAGES, said, max_tokens=9)
    assert json.loads(body)["content"] == [{"type": "text", "text": ""}]


async def test_an_event_of_an_unknown_kind_is_not_shown(tmp_path: Path) -> None:
    stream = b'event: thought\ndata: {"type":"thought","text":"Canary"}\n\nevent: ping\ndata: {"type":"ping"}\n\n'
    assert await answered(bench(tmp_path), MESSAGES, stream, max_tokens=9) == stream[stream.index(b"event: ping") :]
    assert await answered(bench(tmp_path), RESPONSES, stream) == b""


@pytest.mark.parametrize("said", [b"data: Canary\n\n", b'data: ["Canary"]\n\n', b'data: {"choices": "Canary"}\n\n'])
async def test_what_cannot_be_looked_through_is_an_error(
    tmp_path: Path, said: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async def engine(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", SSE)]})
        await send({"type": "http.response.body", "body": said})

    asked = bench(tmp_path)
    asked.parts.ask.engine = engine
    caller = await asked.chat(stream=True).done()
    assert (caller.status, caller.document["error"]["code"]) == (500, "internal")
    assert CANARY.encode() not in caller.body
    assert CANARY not in caplog.text


async def test_an_unfinished_event_is_not_shown(tmp_path: Path) -> None:
    assert await answered(bench(tmp_path), CHAT, b'data: {"choices":[{"delta":{"reasoning":"Cana') == b""


async def test_a_response_with_nothing_to_show_was_broken_off(tmp_path: Path) -> None:
    said = {"id": "r", "model": "demo", "output": [{"type": "reasoning"}], "status": "completed"}
    assert json.loads(await answered(bench(tmp_path), RESPONSES, said))["status"] == "incomplete"


async def test_raw_text_is_refused(tmp_path: Path) -> None:
    asked = bench(tmp_path)
    caller = await asked.ask(COMPLETIONS, {"model": "demo", "prompt": "hi"}).done()
    assert (caller.status, caller.document["error"]["code"]) == (400, "not_supported")
    assert not asked.engine.calls


async def test_a_caller_cannot_ask_for_reasoning(tmp_path: Path) -> None:
    asked = bench(tmp_path)
    caller = asked.chat(include_reasoning=True)
    call = await asked.engine.call()
    assert (await call.document())["include_reasoning"] is False
    await call.answer({"choices": []})
    await caller.done()
