"""Keys that nobody knows: a typing mistake in a file must not be served as if it were not there."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from types import UnionType
from typing import Any, Union, get_args, get_origin

from modelserver_operator.api.struct import Struct

# Their content belongs to Kubernetes or to the operator, and is not ours to check.
_FOREIGN = ("metadata", "status")


def unknown_keys(struct: type[Struct], content: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """(field path, sentence) for each key of `content` that `struct` does not have, at any depth."""
    if not isinstance(content, dict):
        return
    known = {field.alias or name: field.annotation for name, field in struct.model_fields.items()}
    for key, value in content.items():
        place = f"{path}.{key}".removeprefix(".")
        if key not in known:
            yield place, _sentence(str(key), list(known))
        elif key not in _FOREIGN:
            yield from _below(known[key], value, place)


def _below(annotation: Any, value: Any, path: str) -> Iterator[tuple[str, str]]:
    struct = _struct_in(annotation)
    if struct is None:
        return
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from unknown_keys(struct, item, f"{path}[{index}]")
    else:
        yield from unknown_keys(struct, value, path)


def _struct_in(annotation: Any) -> type[Struct] | None:
    """The struct that an annotation such as `Struct | None` or `tuple[Struct, ...]` holds, if any."""
    if isinstance(annotation, type) and not get_origin(annotation) and issubclass(annotation, Struct):
        return annotation
    if get_origin(annotation) in (Union, UnionType, tuple):
        return next((found for part in get_args(annotation) if (found := _struct_in(part))), None)
    return None


def _sentence(key: str, known: list[str]) -> str:
    nearest = difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean {nearest[0]}?" if nearest else f"known are {', '.join(sorted(known))}"
    return f"unknown key; {hint}"
