"""References of a JSON schema that lead back to themselves with nothing in between: vLLM answers them with a 500."""

from typing import Any
from urllib.parse import unquote

from modelserver_runtime.stages.field_values import items

ALTERNATIVES = ("anyOf", "oneOf", "allOf")


def endless(schema: dict[str, Any], nodes: list[dict[str, Any]]) -> bool:
    """Whether one of `nodes`, all that stand in `schema`, stands for itself by reference and alternative alone.

    A schema that comes back to itself by a property or an item is well: lists and trees are described so.
    """
    leads_to = {id(node): {id(each) for each in _same_value(schema, node)} for node in nodes}
    ended: set[int] = set()
    while True:
        ending = {node for node, others in leads_to.items() if node not in ended and others <= ended}
        if not ending:
            return len(ended) < len(leads_to)
        ended |= ending


def _same_value(schema: dict[str, Any], node: dict[str, Any]) -> list[dict[str, Any]]:
    """The schemas that `node` puts in its own place."""
    others = [each for key in ALTERNATIVES for each in items(node.get(key))]
    if isinstance(node.get("$ref"), str):
        others.append(_resolved(schema, node["$ref"]))
    return [each for each in others if isinstance(each, dict)]


def _resolved(schema: dict[str, Any], reference: str) -> Any:
    """What a JSON pointer (RFC 6901) into the schema itself names; None for anything else."""
    if not reference.startswith("#"):
        return None
    found: Any = schema
    for token in unquote(reference).split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        found = found.get(key) if isinstance(found, dict) else _item(found, key)
    return found


def _item(value: object, key: str) -> Any:
    number = int(key) if key.isdecimal() and len(key) < 10 else -1
    values = items(value)
    return values[number] if 0 <= number < len(values) else None
