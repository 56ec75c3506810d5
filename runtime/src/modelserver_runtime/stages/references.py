"""References of a JSON schema: some lead back to themselves with nothing in between, which vLLM answers with a 500, and
some lead on for so long that its process ends."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from modelserver_runtime.stages.field_values import items

ALTERNATIVES = ("anyOf", "oneOf", "allOf")


def endless(schema: dict[str, Any], nodes: list[dict[str, Any]]) -> bool:
    """Whether one of `nodes`, all that stand in `schema`, stands for itself by reference and alternative alone.

    A schema that comes back to itself by a property or an item is well: lists and trees are described so. Each node is
    followed once, with a stack of its own: a chain of references may be as long as the schema.
    """
    ended: set[int] = set()  # stand for something
    followed: set[int] = set()  # on the way to where we are: who comes upon one has gone in a circle
    waiting = list(nodes)
    while waiting:
        node = waiting[-1]
        if id(node) in followed or id(node) in ended:  # all that it leads to has ended
            followed.discard(id(waiting.pop()))
            ended.add(id(node))
            continue
        followed.add(id(node))
        others = _same_value(schema, node)
        if any(id(each) in followed for each in others):
            return True
        waiting += others
    return False


def levels(schema: dict[str, Any], nodes: list[dict[str, Any]]) -> int:
    """How many objects stand in each other at most where references are followed, each of them once.

    vLLM's libraries follow them by recursion, and end the process when its stack does.
    """
    below: dict[int, int] = {}
    for node in reversed(nodes):  # what stands in a node comes after it
        below[id(node)] = 1 + max((below[id(each)] for each in _inside(node)), default=0)
    whole = below[id(schema)]
    followed = {node["$ref"] for node in nodes if isinstance(node.get("$ref"), str)}
    return whole + sum(below.get(id(_resolved(schema, each)), whole) for each in followed)


def _inside(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The objects that stand in a node, with nothing but arrays in between."""
    waiting = list(node.values())
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield each
        elif isinstance(each, list):
            waiting += each


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
