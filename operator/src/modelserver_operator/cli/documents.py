"""Reads manifests from files; whatever is wrong with a file is said with file, line and column."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import yaml


@dataclass(frozen=True)
class Document:
    """One manifest, and where it stands: the file, and the line in which it begins, from 1."""

    place: str
    line: int
    manifest: dict[str, Any]

    @property
    def kind(self) -> str:
        """The manifest's kind."""
        return str(self.manifest.get("kind", ""))

    @property
    def name(self) -> str:
        """The manifest's name; empty when it has none."""
        metadata = self.manifest.get("metadata")
        return str(metadata.get("name", "")) if isinstance(metadata, dict) else ""

    @property
    def title(self) -> str:
        """How messages call it, such as `demo.yaml: ModelServer demo`."""
        return f"{self.place}: {self.kind or '(no kind)'} {self.name or '(no name)'}"


class Malformed(click.ClickException):
    """A file that holds no manifests; the message has file, line and column."""


class _Loader(yaml.SafeLoader):
    """Says where a value cannot be what it looks like, and refuses a key that stands twice in a mapping: the API
    server would, and one of the two would be lost."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep=deep)
        except (ValueError, LookupError, AttributeError) as error:  # PyYAML's own, for 2026-99-99 or !!bool 7
            kind = node.tag.rpartition(":")[2]
            raise yaml.constructor.ConstructorError(
                None, None, f"{node.value} is no {kind}", node.start_mark
            ) from error

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        if isinstance(node, yaml.MappingNode):  # else the tag lies, and the call below says so
            _refuse_repeats(node)
        return super().construct_mapping(node, deep=deep)


def _refuse_repeats(node: yaml.MappingNode) -> None:
    seen: set[str] = set()
    for key, _ in node.value:
        if str(key.value) in seen:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key.value} stands twice", key.start_mark)
        seen.add(str(key.value))


def read(path: Path) -> list[Document]:
    """The manifests of a file, `-` for standard input. Raises Malformed."""
    name = "standard input" if str(path) == "-" else str(path)
    try:
        with click.open_file(str(path), encoding="utf-8") as file:
            text = file.read()
    except UnicodeDecodeError as error:
        raise Malformed(f"{name}: is not UTF-8 text: {error.reason} at byte {error.start}") from error
    return list(_documents(name, text))


def _documents(name: str, text: str) -> Iterator[Document]:
    for node, content in _loaded(name, text):
        if content is None:
            continue
        if not isinstance(content, dict):
            raise Malformed(f"{name}: holds a {type(content).__name__} where a manifest (a mapping) is expected")
        if _is_endless(content):
            raise Malformed(f"{name}: an alias (*) stands inside of what it names")
        for part, manifest in _manifests(name, node, content):
            yield Document(name, part.start_mark.line + 1, manifest)


def _manifests(name: str, node: yaml.Node, content: dict[str, Any]) -> Iterator[tuple[yaml.Node, dict[str, Any]]]:
    """The document itself, or what a List holds: `kubectl get -o yaml` writes several objects as one."""
    items = content.get("items")
    if content.get("kind") != "List" or not isinstance(items, list):
        return iter([(node, content)])
    if not all(isinstance(item, dict) for item in items):
        raise Malformed(f"{name}: holds a List of which an item is no manifest (a mapping)")
    parts = {key.value: value for key, value in node.value}["items"].value
    return zip(parts, items, strict=True)


def _is_endless(content: Any) -> bool:
    try:
        json.dumps(content, default=str, skipkeys=True)
    except ValueError:
        return True
    return False


def _loaded(name: str, text: str) -> list[tuple[yaml.Node, Any]]:
    """Each document as it is written, and what it says."""
    try:
        return list(_read(_Loader(text)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise Malformed(f"{place}: {_said(error)}") from error
    except yaml.reader.ReaderError as error:
        line, column = _position(text, int(error.position))
        raise Malformed(f"{name}:{line}:{column}: a character that YAML does not allow: {error.reason}") from error
    except RecursionError as error:
        raise Malformed(f"{name}: is nested too deeply") from error


def _read(loader: _Loader) -> Iterator[tuple[yaml.Node, Any]]:
    while loader.check_node() and (node := loader.get_node()):
        yield node, loader.construct_document(node)


def _said(error: yaml.MarkedYAMLError) -> str:
    return " ".join(part for part in (error.problem, f"({error.context})" if error.context else "") if part)


def _position(text: str, index: int) -> tuple[int, int]:
    before = text[:index]
    return before.count("\n") + 1, index - before.rfind("\n")
