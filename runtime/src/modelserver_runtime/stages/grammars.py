"""What a caller may ask the engine to make a grammar of: JSON schemas, patterns and choices of a bounded size.

One thread of vLLM makes them all, and goes on when the caller has hung up; what it fails at it answers with a 500.
The bounds are those of OpenAI's API (its guide "Structured model outputs", Supported schemas), where it has one.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from modelserver_runtime.refusals import LONGEST_ECHO
from modelserver_runtime.stages import references
from modelserver_runtime.stages.field_values import depth, invalid, items, not_supported

MOST_PROPERTIES = 5000
MOST_OBJECTS = 10_000  # of one schema: each property is one, and each of its alternatives
MOST_VALUES = 1000  # of all enums, or of a choice
MOST_CHARACTERS = 120_000  # of all names and values
MOST_LEVELS = 1000  # of references followed; 5,000 end the process of vLLM 0.32 (llguidance's stack), 1,250 do not
DEEPEST = 100  # levels of a schema that comes as a text: as deep as one that does not
LONGEST = 10_000  # characters of one name, value or pattern: 100,000 take vLLM 9 s, a pattern an internal error
MOST_TOOLS = 128
CALLERS_TOOLS = ("function", "custom")
ALLOWED = frozenset(
    {"json", "regex", "choice", "json_object", "disable_any_whitespace", "disable_additional_properties"}
)


def structured_outputs(name: str, value: object) -> object:
    """vLLM's own field."""
    if not isinstance(value, dict):
        invalid(name, "must be an object")
    for key, each in value.items():
        if each is not None and key not in ALLOWED:
            not_supported(f"{name}.{key}"[:LONGEST_ECHO], "a grammar from a caller may never end")
    schema(f"{name}.json", _from_text(f"{name}.json", value.get("json")))
    _texts(f"{name}.regex", [value.get("regex")])
    _values(f"{name}.choice", items(value.get("choice")))
    return value


def response_format(name: str, value: object) -> object:
    """{"type": "json_schema", "json_schema": {"schema": …}} of Chat Completions, or the same without a wrapper."""
    if not isinstance(value, dict):
        invalid(name, "must be an object")
    if value.get("type") == "structural_tag":
        not_supported(name, "a grammar from a caller may never end")
    holder = value.get("json_schema", value)
    if isinstance(holder, dict):
        schema(name, holder.get("schema"))
    return value


def tools(name: str, value: object) -> object:
    """Functions that the caller runs: this server runs none, and asks nobody else to."""
    if len(items(value)) > MOST_TOOLS:
        invalid(name, f"has more than {MOST_TOOLS} tools")
    for each in items(value):
        if isinstance(each, dict):
            _tool(name, each)
    return value


def _tool(name: str, tool: dict[str, Any]) -> None:
    kind = tool.get("type", "function")
    if kind not in CALLERS_TOOLS:
        not_supported(name, f"{str(kind)[:40]!r} is a tool that servers run; here callers run them, as functions")
    for holder in (tool, _mapping(tool.get("function"))):
        for key in ("parameters", "input_schema"):
            schema(name, holder.get(key))


def format_inside(name: str, value: object) -> object:
    """`text` of the Responses API and `output_config` of the Messages API have the format inside."""
    if not isinstance(value, dict):
        invalid(name, "must be an object")
    if value.get("format") is not None:
        response_format(f"{name}.format", value["format"])
    return value


def _from_text(name: str, value: object) -> object:
    """A schema may come as its text here, and only here."""
    try:
        value = msgspec.json.decode(value) if isinstance(value, str) else value
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        invalid(name, "must be a JSON schema")
    if depth(value, DEEPEST) > DEEPEST:
        invalid(name, f"is nested deeper than {DEEPEST} levels")
    return value


def schema(name: str, value: object) -> None:
    """A JSON schema; what is no object is the engine's to refuse."""
    if not isinstance(value, dict):
        return
    nodes = list(islice(_objects(value), MOST_OBJECTS + 1))
    if len(nodes) > MOST_OBJECTS:
        invalid(name, f"has more than {MOST_OBJECTS} objects")
    if sum(len(_mapping(node.get("properties"))) for node in nodes) > MOST_PROPERTIES:
        invalid(name, f"has more than {MOST_PROPERTIES} properties")
    _values(name, [each for node in nodes for each in items(node.get("enum"))])
    _texts(name, [key for node in nodes for key in node])
    _texts(name, [node.get(key) for node in nodes for key in ("pattern", "const")])
    if references.endless(value, nodes):
        invalid(name, "has a reference that leads back to itself")
    if references.levels(value, nodes) > MOST_LEVELS:
        invalid(name, f"is deeper than {MOST_LEVELS} levels with what it refers to")


def _objects(value: object) -> Iterator[dict[str, Any]]:
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield each
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _values(name: str, values: list[Any]) -> None:
    if len(values) > MOST_VALUES:
        invalid(name, f"has more than {MOST_VALUES} values to choose from")
    _texts(name, values)


def _texts(name: str, values: list[Any]) -> None:
    lengths = [len(each) for each in values if isinstance(each, str)]
    if max(lengths, default=0) > LONGEST:
        invalid(name, f"has a text of more than {LONGEST} characters")
    if sum(lengths) > MOST_CHARACTERS:
        invalid(name, f"has texts of more than {MOST_CHARACTERS} characters together")
