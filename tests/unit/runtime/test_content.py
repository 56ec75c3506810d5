"""What a conversation may hold, and what the engine is asked to make grammars of."""

import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

import msgspec
import pytest

from modelserver_runtime.refusals import Refused
from modelserver_runtime.stages import body, content, field_values, grammars
from modelserver_runtime.stages.fields import allowed as fields_of
from modelserver_runtime.stages.routes import CHAT, COMPLETIONS

JSON = {"headers": [(b"content-type", b"application/json")]}
PNG = "data:image/png;base64,iVBORw0KGgo="


def user(*parts: Any) -> list[dict[str, Any]]:
    return [{"role": "user", "content": list(parts)}]


TOOL_RESULT = {"type": "tool_result", "content": [{"type": "image", "source": {"type": "url", "url": "http://inside"}}]}


@pytest.mark.parametrize(
    "value",
    [
        "text",
        [{"role": "user", "content": "text"}],
        user({"type": "text", "text": "see http://example.com"}),
        user({"type": "image_url", "image_url": {"url": PNG}}),
        user({"type": "input_image", "image_url": PNG}),
        user({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}),
        user({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}),
        user({"type": "tool_use", "input": {"image_url": "http://example.com", "uuid": 1}}),
        [{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": '{"url": "http://x"}'}}]}],
        [{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "no json"}}]}],
        [{"type": "function_call_output", "output": "text"}],
        [5, None, "x"],
    ],
)
def test_text_and_media_in_the_request_pass(value: object) -> None:
    assert content.checked("messages", value) is value


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (user({"type": "image_url", "image_url": {"url": "http://inside/x.png"}}), "fetches nothing"),
        (user({"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}), "fetches nothing"),
        (user({"image_url": "HTTP://inside"}), "fetches nothing"),
        (user({"type": "text", "text": "x", "image_url": {"url": 5}}), "fetches nothing"),
        (user({"type": "video_url", "video_url": {"url": "https://inside"}}), "fetches nothing"),
        (user({"type": "audio_url", "audio_url": {"url": "https://inside"}}), "fetches nothing"),
        (user({"type": "input_file", "file_url": "https://inside"}), "fetches nothing"),
        (user({"type": "image", "source": {"type": "url", "url": "http://inside"}}), "fetches nothing"),
        (user({"type": "image", "source": {"type": "url"}}), "fetches nothing"),
        (user(TOOL_RESULT), "fetches nothing"),
        ([{"type": "function_call_output", "output": [{"image_url": "http://inside"}]}], "fetches nothing"),
        ([{"type": "computer_call_output", "output": {"image_url": "http://inside"}}], "fetches nothing"),
        (user({"type": "image_embeds", "image_embeds": "AAAA"}), "tensor"),
        (user({"prompt_embeds": "AAAA"}), "tensor"),
        (user({"type": "image_url", "uuid": "of-somebody", "image_url": None}), "uuid"),
        ([{"role": "assistant", "tool_calls": [{"function": {"arguments": "[" * 200 + "]" * 200}}]}], "nested"),
        ([{"type": "function_call", "arguments": "[" * 20_000 + "]" * 20_000}], "nested"),
    ],
)
def test_what_would_be_fetched_or_unpacked_is_refused(value: object, word: str) -> None:
    with pytest.raises(Refused) as refused:
        content.checked("messages", value)
    assert refused.value.refusal.param == "messages"
    assert word in refused.value.refusal.message


TREE = {"type": "object", "properties": {"left": {"$ref": "#"}, "right": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}}}


@pytest.mark.parametrize(
    "schema",
    [
        {},
        TREE,
        {"type": "array", "items": {"$ref": "#"}},
        {"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "string"}}},
        {"$ref": "#/nowhere"},
        {"$ref": 5},
        {"properties": 5, "enum": 5, "anyOf": 5},
        {"enum": [f"value {number}" for number in range(1000)]},
        True,
        {"anyOf": [{}] * 9999},
        {"$defs": {str(link): {"$ref": f"#/$defs/{link + 1}"} for link in range(990)}},
    ],
)
def test_schemas_that_pass(schema: object) -> None:
    grammars.schema("response_format", schema)


@pytest.mark.parametrize(
    ("schema", "word"),
    [
        ({"$ref": "#"}, "leads back to itself"),
        ({"anyOf": [{"$ref": "#"}]}, "leads back to itself"),
        (
            {"properties": {"x": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}]}}},
            "leads back",
        ),
        ({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"oneOf": [{"$ref": "#/$defs/a"}, {}]}}}, "leads back"),
        ({"anyOf": [{}, {"$ref": "#/anyOf/1"}]}, "leads back"),
        ({"$defs": {str(link): {"$ref": f"#/$defs/{(link + 1) % 4000}"} for link in range(4000)}}, "leads back"),
        ({"anyOf": [{}] * 10_000}, "10000 objects"),
        ({"$defs": {str(link): {"$ref": f"#/$defs/{link + 1}"} for link in range(1000)}}, "1000 levels"),
        ({"$defs": {str(link): {"items": {"$ref": f"#/$defs/{link + 1}"}} for link in range(500)}}, "1000 levels"),
        ({"$defs": {str(link): {"$id": f"x{link}", "$ref": f"x{link + 1}"} for link in range(500)}}, "1000 levels"),
        ({"properties": {str(number): {} for number in range(5001)}}, "5000 properties"),
        ({"anyOf": [{"enum": [*range(600)]}, {"enum": [*range(600)]}]}, "1000 values"),
        ({"properties": {"x" * 10_001: {}}}, "10000 characters"),
        ({"properties": {f"{number}" + "x" * 5000: {} for number in range(30)}}, "120000 characters"),
        ({"pattern": "a" * 10_001}, "10000 characters"),
        ({"const": "a" * 10_001}, "10000 characters"),
    ],
)
def test_schemas_that_would_cost_the_others_dearly(schema: object, word: str) -> None:
    with pytest.raises(Refused) as refused:
        grammars.schema("tools", schema)
    assert word in refused.value.refusal.message


def chain(links: int) -> dict[str, Any]:
    """A schema in which each part refers to the next."""
    return {"$defs": {str(link): {"$ref": f"#/$defs/{link + 1}"} for link in range(links)}}


def steps(work: Callable[[], object]) -> int:
    """How many instructions Python takes for it: of a time a busy machine makes anything."""
    taken, before = 0, sys.gettrace()

    def trace(frame: FrameType, event: str, _: object) -> Callable[..., Any]:
        nonlocal taken
        frame.f_trace_opcodes = True
        taken += event == "opcode"
        return trace

    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return taken


def test_a_chain_of_references_takes_as_long_as_it_is() -> None:
    short, long = (steps(partial(grammars.schema, "tools", chain(links))) for links in (50, 200))
    assert long < 4.5 * short


LOOP = {"$ref": "#"}


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (grammars.structured_outputs, {"json": LOOP}),
        (grammars.structured_outputs, {"json": '{"$ref": "#"}'}),
        (grammars.structured_outputs, {"json": "{"}),
        (grammars.structured_outputs, {"json": '{"a":' * 101 + "1" + "}" * 101}),
        (grammars.structured_outputs, {"regex": "a" * 10_001}),
        (grammars.structured_outputs, {"choice": ["a"] * 1001}),
        (grammars.response_format, {"type": "json_schema", "json_schema": {"schema": LOOP}}),
        (grammars.format_inside, {"format": {"type": "json_schema", "schema": LOOP}}),
        (grammars.tools, [{"type": "function", "function": {"parameters": LOOP}}]),
        (grammars.tools, [{"type": "function", "parameters": LOOP}]),
        (grammars.tools, [{"name": "f", "input_schema": LOOP}]),
    ],
)
def test_schemas_are_found_wherever_they_stand(check: Any, value: object) -> None:
    with pytest.raises(Refused):
        check("field", value)


@pytest.mark.parametrize(("value", "levels"), [(1, 0), ([], 1), ([1], 1), ([[], [[]]], 3), ({"a": [1, {"b": 2}]}, 3)])
def test_depth(value: object, levels: int) -> None:
    assert field_values.depth(value, 10) == levels


TEXTS = b'"' + b"[{" * 20_000 + b'"', b'"\\"' + b"[" * 30_000 + b'\\\\"', b'"{\\"a\\": 1}"'


@pytest.mark.parametrize(
    ("items", "refused"),
    [
        ([b"{}"] * 19_998, False),
        ([b"{}"] * 19_999, True),
        ([b'{"a":[]}'] * 10_000, True),
        ([b"[" * 90 + b"]" * 90] * 5000, True),
        ([b"123"] * 300_000, False),
        ([*TEXTS, *[b"{}"] * 19_998], False),
        ([*TEXTS, *[b"{}"] * 19_999], True),
    ],
)
def test_a_body_has_so_many_arrays_and_objects(items: list[bytes], refused: bool) -> None:
    """Each of ours and of vLLM's checks looks at all of them; brackets in texts are none."""
    raw = b'{"x":[' + b",".join(items) + b"]}"
    if not refused:
        assert body.parse(JSON, raw)["x"] == msgspec.json.decode(raw)["x"]
        return
    with pytest.raises(Refused, match="more than the 20000 allowed") as error:
        body.parse(JSON, raw)
    assert (error.value.refusal.status, error.value.refusal.reason) == (400, "invalid_json")


def test_what_honest_callers_send_is_far_from_the_bound() -> None:
    calls = [{"id": "x", "type": "function", "function": {"name": "f", "arguments": '{"a": [1, 2, {"b": 3}]}'}}] * 2
    turn = [*user({"type": "text", "text": "x"}), {"role": "assistant", "content": "x", "tool_calls": calls}]
    fields = {f"field{number}": {"type": "array", "items": {"type": "string"}} for number in range(20)}
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": fields}}}
    document = {"model": "demo", "messages": turn * 500, "tools": [tool] * 128}
    assert fields_of(CHAT, body.parse(JSON, msgspec.json.encode(document))) == document
    batch = {"model": "demo", "prompt": [[*range(100)]] * 2000}
    assert fields_of(COMPLETIONS, body.parse(JSON, msgspec.json.encode(batch))) == batch


@pytest.mark.parametrize("value", [[1] * 5001, user(*[{"type": "text", "text": "x"}] * 5000), [[{}] * 5001]])
def test_a_conversation_has_so_many_messages_and_parts(value: object) -> None:
    with pytest.raises(Refused, match="more than 5000 messages and parts"):
        content.checked("input", value)


@pytest.mark.parametrize("value", [[{}], [*user("x"), 5], [{"role": 5}], [{"content": "x"}], ["x"]])
def test_a_message_has_a_role(value: object) -> None:
    with pytest.raises(Refused, match="a message without a role"):
        content.messages("messages", value)


@pytest.mark.parametrize(("levels", "refused"), [(100, False), (101, True), (900, True), (20_000, True)])
def test_a_body_may_not_be_nested_for_ever(levels: int, refused: bool) -> None:
    raw = b'{"x":' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"
    if not refused:
        assert body.parse(JSON, raw)
        return
    with pytest.raises(Refused) as error:
        body.parse(JSON, raw)
    assert (error.value.refusal.status, error.value.refusal.reason) == (400, "invalid_json")


def test_many_brackets_beside_each_other_are_not_deep() -> None:
    scope = {"headers": [(b"content-type", b"application/json; charset=utf-8")]}
    assert len(body.parse(scope, b'{"x":[' + b",".join([b"[]"] * 5000) + b"]}")["x"]) == 5000


@pytest.mark.parametrize(
    ("parts", "passes"),
    [
        ([{"type": "output_text", "text": "x"}, {"type": "refusal", "refusal": "y"}], True),
        ("text", True),
        ([{"type": "refusal", "refusal": "y"}], False),
        ([], False),
        ([5], False),
    ],
)
def test_an_earlier_answer_begins_with_its_text(parts: object, passes: bool) -> None:
    """vLLM fails at others with an internal error; schemathesis found it."""
    given = [{"role": "user", "content": []}, {"type": "message", "role": "assistant", "content": parts}]
    if passes:
        assert content.response_input("input", given) is given
        return
    with pytest.raises(Refused) as refused:
        content.response_input("input", given)
    assert (refused.value.refusal.reason, refused.value.refusal.param) == ("invalid_value", "input")
