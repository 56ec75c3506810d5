"""Manifests as YAML for people: block text for files in ConfigMaps, keys in the order in which they were built."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import yaml


class _Dumper(yaml.SafeDumper):
    """Repeats equal parts instead of naming them with anchors."""

    def ignore_aliases(self, _: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def dump(manifest: Mapping[str, Any], *, sort_keys: bool = False) -> str:
    """One manifest. sort_keys: at every depth, in the order of the alphabet."""
    return yaml.dump(dict(manifest), Dumper=_Dumper, sort_keys=sort_keys, width=120)


def dump_all(manifests: Iterable[Mapping[str, Any]]) -> str:
    """Several manifests as documents of one file."""
    return "---\n".join(dump(manifest) for manifest in manifests)
