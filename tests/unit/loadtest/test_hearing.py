"""Which events show something: the same that the runtime counts, however they are told apart."""

import json
from typing import Any

import pytest

from modelserver_operator.cli.loadtest.generating import hearing
from modelserver_operator.cli.loadtest.generating.hearing import Used
from modelserver_operator.cli.loadtest.generating.plan import Family
from modelserver_runtime.stages import usage

OPENAI = {"prompt_tokens": 7, "completion_tokens": 3}
INPUT = {"input_tokens": 2, "cache_read_input_tokens": 5, "output_tokens": 3}


def chat(delta: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "a", "choices": [{"index": 0, "delta": delta, "finish_reason": None}], **more}


def typed(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, **more}


# family, document, whether bytes alone show that there is something to see
EVENTS: list[tuple[Family, dict[str, Any], bool]] = [
    (Family.CHAT, chat({"role": "assistant", "content": ""}), False),
    (Family.CHAT, chat({"content": " word"}), True),
    (Family.CHAT, chat({"content": '"usage":{"a'}), True),
    (Family.CHAT, chat({"content": ""}), False),
    (Family.CHAT, chat({"content": " word"}, usage=None), True),
    (Family.CHAT, chat({"content": " word"}, usage=OPENAI), False),
    (Family.CHAT, chat({"reasoning": "hm"}), False),
    (Family.CHAT, chat({"tool_calls": [{"function": {"arguments": '{"content":"a"}'}}]}), False),
    (Family.CHAT, {"choices": [], "usage": OPENAI}, False),
    (Family.COMPLETIONS, {"choices": [{"index": 0, "text": " word"}]}, True),
    (Family.COMPLETIONS, {"choices": [{"index": 0, "text": "", "finish_reason": "stop"}], "usage": OPENAI}, False),
    (Family.RESPONSES, typed("response.created", response={"usage": None}), False),
    (Family.RESPONSES, typed("response.output_text.delta", delta=" word"), True),
    (Family.RESPONSES, typed("response.completed", response={"usage": INPUT}), False),
    (Family.MESSAGES, typed("message_start", message={"usage": INPUT}), False),
    (Family.MESSAGES, typed("content_block_delta", delta={"type": "text_delta", "text": "a"}), True),
    (Family.MESSAGES, typed("message_delta", delta={"stop_reason": "end_turn"}, usage=INPUT), False),
    (Family.MESSAGES, typed("ping"), False),
]


def event(document: dict[str, Any], spaces: bool) -> bytes:
    payload = json.dumps(document, separators=None if spaces else (",", ":"))
    name = f"event: {document['type']}\n" if "type" in document else ""
    return f"{name}data: {payload}\n\n".encode()


@pytest.mark.parametrize("spaces", [False, True])
@pytest.mark.parametrize(("family", "document", "surely"), EVENTS)
def test_an_event_is_read_as_the_runtime_reads_it(
    family: Family, document: dict[str, Any], surely: bool, spaces: bool
) -> None:
    told = usage.read(json.dumps(document).encode())
    said = hearing.read(event(document, spaces))
    assert said.shows == told.shows
    assert said.used == (Used(told.tokens.prompt, told.tokens.completion) if told.tokens else Used())
    if hearing.shows_surely(family, event(document, spaces)):
        assert told.shows
        assert said.used == Used()
    assert hearing.shows_surely(family, event(document, spaces=False)) == surely


@pytest.mark.parametrize(
    ("given", "ends", "error"),
    [
        (b"data: [DONE]", True, None),
        (b'event: message_stop\ndata: {"type":"message_stop"}', True, None),
        (b'data: {"type":"response.incomplete","response":{}}', True, None),
        (b'data: {"type":"response.failed","response":{"error":{"code":"server_error"}}}', False, "server_error"),
        (b'event: error\r\ndata: {"type":"error","error":{"type":"overloaded_error"}}', False, "overloaded_error"),
        (b'data: {"error":{"message":"no name","code":500}}', False, "error"),
        (b": a comment", False, None),
        (b"data: no JSON", False, None),
        (b'data: {"choices":[1,{"delta":2}],"usage":[3],"response":4}', False, None),
        (b'data: {"choices":5,"usage":{"prompt_tokens":"six"}}', False, None),
        (b'data: {"type":"response.failed","response":"seven"}', False, "response.failed"),
    ],
)
def test_ends_and_errors(given: bytes, ends: bool, error: str | None) -> None:
    said = hearing.read(given)
    assert (said.ends, said.error, said.shows) == (ends, error, False)
