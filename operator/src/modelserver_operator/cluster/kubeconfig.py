"""Which kubeconfig a person means, found as kubectl finds it, and what it says of the context that counts."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import yaml


class KubeconfigError(Exception):
    """The file, or the context in it, is not there or cannot be read; the message is a sentence."""


class Context(NamedTuple):
    """A context's name, and the namespace that it sets; empty where it sets none."""

    name: str
    namespace: str


@dataclass(frozen=True)
class Kubeconfig:
    """files: paths as the variable KUBECONFIG lists them. chosen: a context; empty: the one that the files set."""

    files: str
    chosen: str = ""

    @classmethod
    def found(cls, file: Path | None, chosen: str | None) -> "Kubeconfig | None":
        """The file that is given, else what KUBECONFIG names, else ~/.kube/config; None where there is none of them."""
        usual = Path("~/.kube/config").expanduser()
        files = str(file or "") or os.environ.get("KUBECONFIG", "") or (str(usual) if usual.is_file() else "")
        return cls(files, chosen or "") if files else None

    def context(self) -> Context:
        """The context that counts. Of several files the first one that sets something wins. Raises KubeconfigError."""
        contents = list(self._contents())
        current = next((content["current-context"] for content in contents if content.get("current-context")), "")
        namespaces = dict(pair for content in reversed(contents) for pair in _namespaces(content))
        name = self.chosen or str(current)
        if name not in namespaces:
            raise KubeconfigError(self._without(name, sorted(namespaces)))
        return Context(name, namespaces[name])

    def _contents(self) -> Iterator[Mapping[str, Any]]:
        files = [Path(file).expanduser() for file in self.files.split(os.pathsep) if file]
        there = [file for file in files if file.exists()]  # KUBECONFIG may list files that are not there yet
        if not there:
            raise KubeconfigError(f"there is no kubeconfig file {self.files}")
        yield from map(_read, there)

    def _without(self, name: str, names: list[str]) -> str:
        there = f"it has {', '.join(names)}" if names else "it has none"
        if not name:
            return f"the kubeconfig {self.files} sets no current-context: choose one with --context ({there})"
        return f"the kubeconfig {self.files} has no context {name}: {there}"


def _read(file: Path) -> Mapping[str, Any]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise KubeconfigError(f"the kubeconfig {file} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise KubeconfigError(f"the kubeconfig {file} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise KubeconfigError(f"the kubeconfig {file} is not a kubeconfig: it holds no mapping")
    return content


def _namespaces(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each context's name, and its namespace. What is no context is left out."""
    listed = content.get("contexts")
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("context"), dict) and entry.get("name"):
            yield str(entry["name"]), str(entry["context"].get("namespace") or "")
