"""From a manifest to a typed object, or to sentences that name the field and the rule."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from modelserver_operator.api.struct import Struct
from modelserver_operator.api.unknown import unknown_keys

Parsed = TypeVar("Parsed", bound=Struct)

# What the API server fills in or keeps for others; the parser reads only what Metadata names.
_METADATA = ("name", "namespace", "uid", "generation", "creationTimestamp")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where (a path such as spec.engine.dtype) and what."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class InvalidObject(ValueError):  # noqa: N818 (it says what the object is)
    """The manifest is no valid object; `problems` says why, field by field."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def parse(struct: type[Parsed], manifest: Mapping[str, Any], *, strict: bool) -> Parsed:
    """The manifest as `struct`.

    strict: unknown keys are problems too. Raises InvalidObject.
    """
    content = _without_nulls(manifest)
    problems = [Problem(path, message) for path, message in unknown_keys(struct, content)] if strict else []
    try:
        parsed = struct.model_validate(_without_foreign_metadata(content))
    except ValidationError as error:
        problems += [each for detail in error.errors(include_url=False) for each in _problems(detail)]
        raise InvalidObject(problems) from error
    if problems:
        raise InvalidObject(problems)
    return parsed


def _without_nulls(value: Any) -> Any:
    """The API server drops nulls, so does the parser: `engine: null` is `engine` left out."""
    if isinstance(value, Mapping):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value


def _without_foreign_metadata(content: dict[str, Any]) -> dict[str, Any]:
    """Metadata has more than we read, and status is the operator's own: neither can make an object invalid."""
    read = {key: value for key, value in content.items() if key != "status"}
    if isinstance(read.get("metadata"), dict):
        read["metadata"] = {key: read["metadata"][key] for key in _METADATA if key in read["metadata"]}
    return read


def _problems(detail: ErrorDetails) -> Iterator[Problem]:
    """One problem, or one for each rule that a struct breaks."""
    place = _path(detail["loc"])
    if detail["type"] != "rules":
        yield Problem(place, _sentence(detail))
        return
    for field, message in detail["ctx"]["broken"]:
        yield Problem(".".join(part for part in (place, field) if part), message)


def _path(location: Sequence[int | str]) -> str:
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.removeprefix(".")


def _sentence(detail: ErrorDetails) -> str:
    """pydantic's message in the words of a manifest: what must be, and what stands there."""
    if detail["type"] == "missing":
        return "is required"
    kind = {"tuple_type": "must be a list", "model_type": "must be a mapping", "dict_type": "must be a mapping"}
    message = kind.get(detail["type"]) or re.sub(
        r"^(Input|String|Tuple|Dictionary|Value) should ", "must ", detail["msg"]
    )
    return f"{message}, not {detail['input']!r}" if isinstance(detail["input"], str | int | float) else message
