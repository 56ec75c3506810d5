"""The sentence about a value that breaks the schema: the key, what is allowed in plain words, and what was found."""

import re
from collections.abc import Collection
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from modelserver_runtime.config.keys import DERIVED, KEYS, models, nearest
from modelserver_runtime.config.schema import StartConfig

WORDS = {"integer": "a whole number", "number": "a number", "string": "text"}
# Pydantic's words for what is wrong with a value; of a number the schema has type and bounds.
ALLOWED = {
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "too_short": "must have at least one entry",
}
NUMBER = re.compile("(int|float|greater_than|less_than|finite)_?")


def worst(errors: list[ErrorDetails], unsaid: Collection[str] = ()) -> ErrorDetails:
    """The error that explains the most: a mistyped key also makes the right one missing, and others underivable.

    unsaid: keys whose value was found out from another's, and is wrong with that.
    """

    def rank(error: ErrorDetails) -> int:
        if error["type"] == "extra_forbidden":
            return 0
        underivable = error["type"] == "missing" and _dotted(error) in DERIVED
        return 2 if underivable or _key(error) in unsaid else 1

    return min(errors, key=rank)


def sentence(schema: type[BaseModel], error: ErrorDetails) -> str:
    """About one error that `schema` has found."""
    where = _dotted(error)
    match error["type"]:
        case "extra_forbidden":
            return f"{where}: unknown key; {_nearest(str(error['loc'][-1]), _known_keys(schema, error['loc'][:-1]))}"
        case "missing":
            return f"{where}: is required{_otherwise(where) if schema is StartConfig else ''}"
        case "value_error" if isinstance(error["input"], dict):  # a rule over several keys: which, it says itself
            return f"{where}: {_plain(error['msg'])}"
        case _:
            return f"{where}: {_allowed(schema, error)}{_found(error['input'])}"


def _allowed(schema: type[BaseModel], error: ErrorDetails) -> str:
    if NUMBER.match(error["type"]):
        return f"must be {_number(_described(schema, error['loc']))}"
    return ALLOWED.get(error["type"]) or _plain(error["msg"])


def _number(described: dict[str, Any]) -> str:
    """`a whole number, 1 to 65535`, as the docs have it."""
    kind, least, most = WORDS[described["type"]], described.get("minimum"), described.get("maximum")
    if "exclusiveMinimum" in described:
        return f"{kind} above {described['exclusiveMinimum']}, to {most}"
    if least is None:
        return kind
    return f"{kind} from {least} on" if most is None else f"{kind}, {least} to {most}"


def _described(schema: type[BaseModel], path: tuple[int | str, ...]) -> dict[str, Any]:
    """The JSON schema of the value at `path`, without its null."""
    holder = _holder(schema, path[:-1])
    found: dict[str, Any] = holder.model_json_schema(by_alias=True)["properties"][path[-1]]
    return next((each for each in found.get("anyOf", ()) if each["type"] != "null"), found)


def _holder(schema: type[BaseModel], path: tuple[int | str, ...]) -> type[BaseModel]:
    """The model of the mapping at `path` (keys and list indices)."""
    for step in path:
        if isinstance(step, str):
            field = next(field for field in schema.model_fields.values() if field.alias == step)
            schema = next(models(field.annotation))
    return schema


def _known_keys(schema: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    return [field.alias or name for name, field in _holder(schema, path).model_fields.items()]


def _found(value: object) -> str:
    """What was said instead; never an address, which may hold a password: the sentence ends up in a pod's status."""
    return "" if "://" in str(value) else f" (found {value!r})"


def _dotted(error: ErrorDetails) -> str:
    steps = error["loc"][:-1] if error["loc"][-1] == "[key]" else error["loc"]  # pydantic's word for a mapping's key
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")


def _key(error: ErrorDetails) -> str:
    """As `_dotted`, without what is inside a list."""
    return _dotted(error).partition("[")[0]


def _otherwise(where: str) -> str:
    """How a key can be given besides in the file."""
    key = KEYS.get(where)
    return f"; set it in the file, as {key.variable}, or with {key.flag}" if key else ""


def _plain(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return re.sub("^(Input|String|Value|List|Tuple) should", "must", message)


def _nearest(key: str, known: list[str]) -> str:
    if close := nearest(key, known):
        return f"the nearest known key is {close}"
    return f"known keys are {', '.join(known)}"
