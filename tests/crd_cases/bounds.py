"""One refused object for every bound of every field: made from the schema, so that no bound is forgotten.

Each case takes an object that sets every field and breaks one bound of one field; parser and API server must both
name that field.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

from tests.crd_cases.objects import Case
from tests.crd_cases.whole import EVERY_FIELD

from modelserver_operator.api.crd import crds

Schema = dict[str, Any]
Path = tuple[str | int, ...]

# Texts and names that suit most patterns, to be repeated or counted up.
_LONG = ("{}", "/{}", "a/{}", "a.{}", "https://{}")
_DISTINCT = ("a{}", "/a{}", "https://a{}")


def _fields(schema: Schema, path: Path) -> Iterator[tuple[Path, Schema]]:
    """Every field below `schema`; of lists the first item, of maps the one key that the object has."""
    for name, field in schema.get("properties", {}).items():
        yield (*path, name), field
        yield from _fields(field, (*path, name))
        yield from _fields(field.get("items", {}), (*path, name, 0))


def _at(content: Any, path: Path) -> Any:
    """What stands there; raises LookupError where the object does not have it."""
    for part in path:
        content = content[part]
    return content


def _text(path: Path) -> str:
    """spec.variants[0].name"""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)[1:]


def _changed(manifest: Any, path: Path, value: Any) -> Any:
    changed = copy.deepcopy(manifest)
    _at(changed, path[:-1])[path[-1]] = value
    return changed


def _without(manifest: Any, path: Path) -> Any:
    changed = copy.deepcopy(manifest)
    del _at(changed, path[:-1])[path[-1]]
    return changed


def _has(manifest: Any, path: Path) -> bool:
    try:
        _at(manifest, path)
    except LookupError:
        return False
    return True


def _breaking(field: Schema, value: Any) -> Iterator[tuple[str, Any]]:
    """(the bound, a value that breaks it and no other)."""
    yield "type", 7 if field.get("type") == "boolean" else True
    if "enum" in field:
        yield "enum", "Nonsense"
    if "minimum" in field:
        least = field["minimum"] - (0 if "exclusiveMinimum" in field else 1)
        yield from (("minimum", least), ("maximum", field["maximum"] + 1))
    yield from _breaking_text(field)
    if field.get("type") == "array":
        yield from _breaking_list(field, value)
    if "additionalProperties" in field:
        yield from _breaking_map(field, value)


def _breaking_text(field: Schema) -> Iterator[tuple[str, Any]]:
    if field.get("minLength"):
        yield "minLength", ""
    if "pattern" in field:
        yield "pattern", " "
    if "maxLength" in field and (long := _long(field)):
        yield "maxLength", long


def _long(field: Schema) -> str | None:
    """A text that is too long and otherwise right; None where the pattern alone forbids it."""
    room = [form.format("1" * (field["maxLength"] + 1 - len(form) + 2)) for form in _LONG]
    labels = ".".join(["a" * 60] * 5)[: field["maxLength"]] + "a"
    return next((text for text in (*room, labels) if re.fullmatch(field.get("pattern", ".*"), text)), None)


def _breaking_list(field: Schema, value: list[Any]) -> Iterator[tuple[str, Any]]:
    if field["x-kubernetes-list-type"] != "atomic":
        yield "repeated", [value[0], value[0]]
    if field.get("minItems"):
        yield "minItems", []
    if "enum" not in field["items"]:
        yield "maxItems", [_distinct(field, value[0], index) for index in range(field["maxItems"] + 1)]


def _distinct(field: Schema, item: Any, index: int) -> Any:
    if isinstance(item, str):
        names = (form.format(index) for form in _DISTINCT)
        return next(name for name in names if re.fullmatch(field["items"].get("pattern", ".*"), name))
    return {**item, **dict.fromkeys(field.get("x-kubernetes-list-map-keys", ()), f"a{index}")}


def _breaking_map(field: Schema, value: dict[str, str]) -> Iterator[tuple[str, Any]]:
    some = next(iter(value.values()), "")
    yield "maxProperties", {f"a{index}": some for index in range(field["maxProperties"] + 1)}
    yield "key", {"a b": some}
    yield "value's type", {"a": True}
    yield "value's maxLength", {"a": "1" * (field["additionalProperties"]["maxLength"] + 1)}


def _cases(kind: str, schema: Schema) -> Iterator[Case]:
    objects = [manifest for manifest in EVERY_FIELD if manifest["kind"] == kind]
    for path, field in _fields(schema["properties"]["spec"], ("spec",)):
        manifest = next(each for each in objects if _has(each, path))
        for bound, value in _breaking(field, _at(manifest, path)):
            yield Case(f"{kind} {_text(path)}: {bound}", _changed(manifest, path, value), _text(path))
        for name in field.get("required", ()):
            yield Case(
                f"{kind} {_text((*path, name))}: required", _without(manifest, (*path, name)), _text((*path, name))
            )


def _all() -> Iterator[Case]:
    for crd in crds():
        yield from _cases(crd["spec"]["names"]["kind"], crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"])


BOUNDS: tuple[Case, ...] = tuple(_all())
