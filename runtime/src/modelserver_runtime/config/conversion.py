"""Text of an environment or a command line as the value that a key's type wants; bounds are the schema's to check."""

import json
import re
import types
from collections.abc import Callable
from typing import Annotated, Any, Literal, Union, get_args, get_origin


class TextError(Exception):
    """Text that is no such value; the message says what is allowed and what was found."""


def value(text: str, annotation: Any) -> object:
    """`text` as `annotation` wants it.

    Raises:
        TextError: no number, no JSON.
    """
    kind = _kind(annotation)
    if get_origin(kind) is Literal:
        return next((word for word in get_args(kind) if word.lower() == text.lower()), text)
    return _READERS[get_origin(kind) or kind](text)


def _kind(annotation: Any) -> Any:
    """The type inside Annotated and beside None."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kind(get_args(annotation)[0])
    if origin in {Union, types.UnionType}:
        return _kind(next(each for each in get_args(annotation) if each is not types.NoneType))
    return annotation


def _whole_number(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text.strip()):
        raise TextError(f"must be a whole number (found {text!r})")
    return int(text)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise TextError(f"must be a number (found {text!r})") from error


def _list(text: str) -> object:
    """JSON where it looks like JSON, else what stands between commas."""
    if text.lstrip().startswith("["):
        return _json(text, list, '["one", "two"], or one,two')
    return [item.strip() for item in text.split(",")] if text.strip() else []


def _mapping(text: str) -> object:
    return _json(text, dict, '{"enforce-eager": ""}')


def _json(text: str, kind: type, example: str) -> object:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, kind):
        raise TextError(f"must be JSON such as {example} (found {text!r})")
    return found


_READERS: dict[Any, Callable[[str], object]] = {
    str: str,
    int: _whole_number,
    float: _number,
    tuple: _list,
    dict: _mapping,
}
