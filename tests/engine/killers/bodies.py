"""What the inputs are made of that are meant to kill or hang the engine."""

from typing import Any, NamedTuple

CHAT, COMPLETIONS, RESPONSES = "/v1/chat/completions", "/v1/completions", "/v1/responses"
MESSAGES, COUNT, TOKENIZE = "/v1/messages", "/v1/messages/count_tokens", "/tokenize"
VOCABULARY = 260  # of tests/engine/tiny_model
CONTEXT = 4096  # of tests/engine/server
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class Killer(NamedTuple):
    """Bodies that are sent at the same time to one path, and the status of each answer."""

    name: str
    path: str
    bodies: tuple[dict[str, Any], ...]
    status: int


def completion(**more: Any) -> dict[str, Any]:
    return {"model": "demo", "prompt": "hi", "max_tokens": 4, **more}


def chat(**more: Any) -> dict[str, Any]:
    return {"model": "demo", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 4, **more}


def said(content: Any, **more: Any) -> dict[str, Any]:
    """A chat whose user says `content`."""
    return chat(messages=[{"role": "user", "content": content}], **more)


def response(**more: Any) -> dict[str, Any]:
    return {"model": "demo", "input": "hi", "max_output_tokens": 16, **more}


def message(**more: Any) -> dict[str, Any]:
    return {"model": "demo", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 4, **more}


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def nested_schema(depth: int) -> Any:
    schema: Any = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"a": schema}, "required": ["a"]}
    return schema


def schema_format(schema: Any) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "s", "schema": schema}}


def tool(schema: Any, name: str = "f") -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": schema}}


def chain(links: int) -> dict[str, Any]:
    """A schema in which each part refers to the next."""
    return {"$defs": {str(link): {"$ref": f"#/$defs/{link + 1}"} for link in range(links)}, "$ref": "#/$defs/0"}


EXPLODING = "(((((a{0,99}){0,99}){0,99}){0,99}){0,99})"
CYCLE = {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}
TREE = {"type": "object", "properties": {f"x{number}": {"$ref": "#/$defs/a"} for number in range(40)}}
RECURSIVE = {"$ref": "#/$defs/a", "$defs": {"a": TREE}}
ENUM = {"enum": [f"value {number}" for number in range(20_000)]}
REPEATED = {"type": "string", "minLength": 1_000_000, "maxLength": 2_000_000}
MANY_ITEMS = {"type": "array", "items": {"type": "integer"}, "minItems": 1_000_000}
GRAMMAR_LOOP = "root ::= root"
GRAMMAR_LEFT = 'root ::= root "a" | root root | ""'
