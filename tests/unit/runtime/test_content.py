"""What a conversation may hold, and what the engine is asked to make grammars of."""

from typing import Any

import pytest

from modelserver_runtime.refusals import Refused
from modelserver_runtime.stages import body, content, field_values, grammars

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
        '{"type": "object"}',
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
        ('{"$ref": "#"}', "leads back to itself"),
        ({"properties": {str(number): {} for number in range(5001)}}, "5000 properties"),
        ({"anyOf": [{"enum": [*range(600)]}, {"enum": [*range(600)]}]}, "1000 values"),
        ({"properties": {"x" * 10_001: {}}}, "10000 characters"),
        ({"properties": {f"{number}" + "x" * 5000: {} for number in range(30)}}, "120000 characters"),
        ({"pattern": "a" * 10_001}, "10000 characters"),
        ({"const": "a" * 10_001}, "10000 characters"),
        ("{", "must be a JSON schema"),
    ],
)
def test_schemas_that_would_cost_the_others_dearly(schema: object, word: str) -> None:
    with pytest.raises(Refused) as refused:
        grammars.schema("tools", schema)
    assert word in refused.value.refusal.message


LOOP = {"$ref": "#"}


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (grammars.structured_outputs, {"json": LOOP}),
        (grammars.structured_outputs, {"json": '{"$ref": "#"}'}),
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


@pytest.mark.parametrize(("levels", "refused"), [(100, False), (101, True), (900, True), (20_000, True)])
def test_a_body_may_not_be_nested_for_ever(levels: int, refused: bool) -> None:
    scope = {"headers": [(b"content-type", b"application/json")]}
    raw = b'{"x":' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"
    if not refused:
        assert body.parse(scope, raw)
        return
    with pytest.raises(Refused) as error:
        body.parse(scope, raw)
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
