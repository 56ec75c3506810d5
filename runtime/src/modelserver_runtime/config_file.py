"""Reading a config file: strict about unknown keys at our own schema version, lenient about a newer one.

A newer version is what an upgraded operator writes for pods that still run the older image; refusing it would turn
every upgrade into an outage. At our own version an unknown key is a mistake, and the error names the nearest known one.
"""

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from modelserver_runtime.config import SCHEMA_VERSION, LiveConfig, Part, StartConfig

P = TypeVar("P", bound=Part)

# What the YAML library raises for 2026-99-99, !!bool perhaps, !!int "" and !!timestamp never: none of them its own.
BAD_VALUE = (ValueError, LookupError, AttributeError)


class ConfigError(Exception):
    """A config file that cannot be used; the text is one sentence with file, key and what is allowed."""


def load_start(path: Path) -> StartConfig:
    """The start part in `path`.

    Raises:
        ConfigError: the file is missing, no YAML, or breaks the schema.
    """
    return parse(StartConfig, _read(path), path)


def load_live(path: Path) -> LiveConfig:
    """The live part in `path`; errors as in `load_start`."""
    return parse(LiveConfig, _read(path), path)


def parse(schema: type[P], document: object, source: Path) -> P:
    """`document` (what YAML gave) as `schema`; `source` only names the file in errors."""
    version = _schema_version(document, source)
    try:
        return schema.model_validate(document, extra="ignore" if version > SCHEMA_VERSION else "forbid")
    except ValidationError as error:
        raise ConfigError(f"{source}: {_sentence(schema, error.errors())}") from error


def _read(path: Path) -> object:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is no UTF-8 text (byte {error.start})") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: is no YAML: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: is nested too deeply") from error
    except BAD_VALUE as error:
        raise ConfigError(f"{path}: holds a value that YAML cannot read: {error}") from error


def _schema_version(document: object, source: Path) -> int:
    if not isinstance(document, dict):
        raise ConfigError(f"{source}: must be a mapping of keys to values, not {_kind(document)}")
    version = document.get("schemaVersion")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ConfigError(f"{source}: schemaVersion must be a number from 1 on (this runtime writes {SCHEMA_VERSION})")
    return version


def _kind(document: object) -> str:
    return {type(None): "an empty file", list: "a list", str: "a string"}.get(type(document), type(document).__name__)


def _sentence(schema: type[BaseModel], errors: list[ErrorDetails]) -> str:
    """The error that explains the most: a mistyped key also makes the right one missing."""
    error = next((error for error in errors if error["type"] == "extra_forbidden"), errors[0])
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error["loc"]).lstrip(".")
    match error["type"]:
        case "extra_forbidden":
            return f"{where}: unknown key; {_nearest(str(error['loc'][-1]), _known_keys(schema, error['loc'][:-1]))}"
        case "missing":
            return f"{where}: is required"
        case "tuple_type":
            return f"{where}: must be a list (found {error['input']!r})"
        case "model_type":
            return f"{where}: must be a mapping (found {error['input']!r})"
        case _:
            return f"{where}: {_plain(error['msg'])} (found {error['input']!r})"


def _plain(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return re.sub("^(Input|String|Value|List|Tuple) should", "must", message)


def _nearest(key: str, known: list[str]) -> str:
    if close := difflib.get_close_matches(key, known, n=1, cutoff=0.6):
        return f"the nearest known key is {close[0]}"
    return f"known keys are {', '.join(known)}"


def _known_keys(schema: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """The keys that the mapping at `path` (keys and list indices) may have."""
    for step in path:
        if isinstance(step, str):
            field = next(field for field in schema.model_fields.values() if field.alias == step)
            schema = next(_models(field.annotation))
    return [field.alias or name for name, field in schema.model_fields.items()]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models inside an annotation such as `tuple[Variant, ...]` or `Mix | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
