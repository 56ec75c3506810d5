"""Reading a config file: strict about unknown keys at our own schema version, lenient about a newer one.

A newer version is what an upgraded operator writes for pods that still run the older image; refusing it would turn
every upgrade into an outage. At our own version an unknown key is a mistake, and the error names the nearest known one.
"""

from collections.abc import Callable, Collection, Hashable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from modelserver_runtime.config import complaints
from modelserver_runtime.config.schema import SCHEMA_VERSION, LiveConfig, Part

P = TypeVar("P", bound=Part)
Origin = Callable[[tuple[int | str, ...]], str]

# What the YAML library raises for 2026-99-99, !!bool perhaps, !!int "" and !!timestamp never: none of them its own.
BAD_VALUE = (ValueError, LookupError, AttributeError)


class _TwiceError(Exception):
    """A key that is there twice; the text has line and key."""


class _Loader(yaml.SafeLoader):
    """Refuses a key that is there twice: that is YAML's own rule, but the library drops the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """As the library's."""
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise _TwiceError(f"line {key.start_mark.line + 1} has the key {key.value} of its mapping once more")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


class ConfigError(Exception):
    """A config file that cannot be used; the text is one sentence with file, key and what is allowed."""


def load_live(path: Path) -> LiveConfig:
    """The live part in `path`.

    Raises:
        ConfigError: the file is missing, no YAML, or breaks the schema.
    """
    return live_part(_bytes(path), path)


def live_part(text: bytes, path: Path) -> LiveConfig:
    """As `load_live`, of the file's bytes: who tells one change from another has read them already."""
    return parse(LiveConfig, _document(text, path), path)


def parse(schema: type[P], document: object, source: Path) -> P:
    """`document` (what YAML gave) as `schema`; `source` only names the file in errors."""
    return checked(schema, document, lambda _: str(source))


def checked(schema: type[P], document: object, origin: Origin, unsaid: Collection[str] = ()) -> P:
    """`document` as `schema`; `origin` says where a key's value came from, and of () which file is meant.

    unsaid: keys whose values nobody gave; another key is to be named where one will do.
    """
    version = _schema_version(document, origin(()))
    try:
        return schema.model_validate(document, extra="ignore" if version > SCHEMA_VERSION else "forbid")
    except ValidationError as error:
        worst = complaints.worst(error.errors(), unsaid)
        where = origin(worst["loc"])
        raise ConfigError(f"{where}: {complaints.sentence(schema, worst)}".removeprefix(": ")) from error


def read(path: Path) -> object:
    """What YAML makes of the file in `path`; errors as in `load_live`."""
    return _document(_bytes(path), path)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error


def _document(text: bytes, path: Path) -> object:
    try:
        return yaml.load(text.decode("utf-8"), _Loader)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is no UTF-8 text (byte {error.start})") from error
    except _TwiceError as error:
        raise ConfigError(f"{path}: {error}") from error
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
