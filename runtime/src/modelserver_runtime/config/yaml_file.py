"""Reading a config file: strict about unknown keys at our own schema version, lenient about a newer one.

A newer version is what an upgraded operator writes for pods that still run the older image; refusing it would turn
every upgrade into an outage. At our own version an unknown key is a mistake, and the error names the nearest known one.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from modelserver_runtime.config.keys import DERIVED, KEYS, models, nearest
from modelserver_runtime.config.schema import SCHEMA_VERSION, LiveConfig, Part, StartConfig

P = TypeVar("P", bound=Part)
Origin = Callable[[tuple[int | str, ...]], str]

# What the YAML library raises for 2026-99-99, !!bool perhaps, !!int "" and !!timestamp never: none of them its own.
BAD_VALUE = (ValueError, LookupError, AttributeError)


class ConfigError(Exception):
    """A config file that cannot be used; the text is one sentence with file, key and what is allowed."""


def load_live(path: Path) -> LiveConfig:
    """The live part in `path`.

    Raises:
        ConfigError: the file is missing, no YAML, or breaks the schema.
    """
    return parse(LiveConfig, read(path), path)


def parse(schema: type[P], document: object, source: Path) -> P:
    """`document` (what YAML gave) as `schema`; `source` only names the file in errors."""
    return checked(schema, document, lambda _: str(source))


def checked(schema: type[P], document: object, origin: Origin) -> P:
    """`document` as `schema`; `origin` says where a key's value came from, and of () which file is meant."""
    version = _schema_version(document, origin(()))
    try:
        return schema.model_validate(document, extra="ignore" if version > SCHEMA_VERSION else "forbid")
    except ValidationError as error:
        worst = _worst(error.errors())
        where = origin(worst["loc"])
        raise ConfigError(f"{where}: {_sentence(schema, worst)}".removeprefix(": ")) from error


def read(path: Path) -> object:
    """What YAML makes of the file in `path`; errors as in `load_live`."""
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


def _schema_version(document: object, source: str) -> int:
    if not isinstance(document, dict):
        raise ConfigError(f"{source}: must be a mapping of keys to values, not {_kind(document)}")
    version = document.get("schemaVersion")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ConfigError(f"{source}: schemaVersion must be a number from 1 on (this runtime writes {SCHEMA_VERSION})")
    return version


def _kind(document: object) -> str:
    return {type(None): "an empty file", list: "a list", str: "a string"}.get(type(document), type(document).__name__)


def _worst(errors: list[ErrorDetails]) -> ErrorDetails:
    """The error that explains the most: a mistyped key also makes the right one missing, and others underivable."""

    def rank(error: ErrorDetails) -> int:
        if error["type"] == "extra_forbidden":
            return 0
        return 2 if error["type"] == "missing" and _dotted(error) in DERIVED else 1

    return min(errors, key=rank)


def _sentence(schema: type[BaseModel], error: ErrorDetails) -> str:
    where = _dotted(error)
    match error["type"]:
        case "extra_forbidden":
            return f"{where}: unknown key; {_nearest(str(error['loc'][-1]), _known_keys(schema, error['loc'][:-1]))}"
        case "missing":
            return f"{where}: is required{_otherwise(where) if schema is StartConfig else ''}"
        case "tuple_type":
            return f"{where}: must be a list (found {error['input']!r})"
        case "model_type":
            return f"{where}: must be a mapping (found {error['input']!r})"
        case "value_error" if isinstance(error["input"], dict):  # a rule over several keys: which, it says itself
            return f"{where}: {_plain(error['msg'])}"
        case _:
            return f"{where}: {_plain(error['msg'])}{_found(error['input'])}"


def _found(value: object) -> str:
    """What was said instead; never an address, which may hold a password: the sentence ends up in a pod's status."""
    return "" if "://" in str(value) else f" (found {value!r})"


def _dotted(error: ErrorDetails) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error["loc"]).lstrip(".")


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


def _known_keys(schema: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """The keys that the mapping at `path` (keys and list indices) may have."""
    for step in path:
        if isinstance(step, str):
            field = next(field for field in schema.model_fields.values() if field.alias == step)
            schema = next(models(field.annotation))
    return [field.alias or name for name, field in schema.model_fields.items()]
