"""The keys of the start part that environment and flags may set: found in its schema, with how each is called there."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel

from modelserver_runtime.config import StartConfig

PREFIX = "MODELSERVER_SERVE_"
# What a file is written for; an environment has no version.
VERSION = "schemaVersion"
# What `defaults` finds out where nobody says it; missing, it is missing because of something else.
DERIVED = frozenset({"server.name", "server.servedNames", "engine.maxContextTokens", "admission.maxRunning"})
# The keys that have a flag of their own; any other is set by --set.
FLAGS = {
    "model.path": "--model",
    "engine.device": "--device",
    "server.servedNames": "--served-name",
    "engine.maxContextTokens": "--max-context-tokens",
    "server.host": "--host",
    "server.httpPort": "--http-port",
    "server.controlPort": "--control-port",
}


@dataclass(frozen=True)
class Key:
    """One value of the start part: `steps` as the file nests it, `annotation` as its schema types it."""

    steps: tuple[str, ...]
    variable: str
    annotation: Any

    @property
    def dotted(self) -> str:
        """As sentences and --set name it."""
        return ".".join(self.steps)

    @property
    def flag(self) -> str:
        """How it is set on the command line."""
        return FLAGS.get(self.dotted, f"--set {self.dotted}=VALUE")


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models inside an annotation such as `tuple[Variant, ...]` or `Mix | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from models(argument)


def nearest(word: str, known: list[str], cutoff: float = 0.6) -> str | None:
    """The known word that a mistyped one most looks like, if any does."""
    return next(iter(difflib.get_close_matches(word, known, n=1, cutoff=cutoff)), None)


def _keys(schema: type[BaseModel], steps: tuple[str, ...] = (), name: str = PREFIX) -> Iterator[Key]:
    for field_name, field in schema.model_fields.items():
        path, variable = (*steps, field.alias or field_name), f"{name}{field_name.upper()}"
        inner = next(models(field.annotation), None)
        if inner:
            yield from _keys(inner, path, f"{variable}_")
        elif path != (VERSION,):
            yield Key(path, variable, field.annotation)


KEYS = {key.dotted: key for key in _keys(StartConfig)}
VARIABLES = {key.variable: key for key in KEYS.values()}
