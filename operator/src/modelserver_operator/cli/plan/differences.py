"""How two objects differ: as a text for people, and value by value. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from modelserver_operator.cli.plan.contents import Difference
from modelserver_operator.cli.yamltext import dump

Object = Mapping[str, Any]

# What the API server counts and writes by itself.
ITS_OWN = ("managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink")
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def unified(before: Object, after: Object) -> str:
    """The difference as `diff -u` shows it; empty where there is none that anybody has asked for. Keys stand in the
    order of the alphabet: a list, a watch and an apply answer in orders of their own, which is no change."""
    old, new = (dump(cleaned(each), sort_keys=True).splitlines() for each in (before, after))
    return "\n".join(difflib.unified_diff(old, new, "now", "then", lineterm=""))


def cleaned(stored: Object) -> dict[str, Any]:
    """An object without its status and without what the API server keeps with it."""
    metadata = {key: value for key, value in stored["metadata"].items() if key not in ITS_OWN}
    if annotations := {key: text for key, text in (metadata.get("annotations") or {}).items() if key != LAST_APPLIED}:
        metadata["annotations"] = annotations
    else:
        metadata.pop("annotations", None)
    return {key: value for key, value in stored.items() if key != "status"} | {"metadata": metadata}


def differences(before: Any, after: Any, field: str = "") -> Iterator[Difference]:
    """Each value that differs, by its dotted field; items of lists that have names, by these."""
    if before == after:
        return
    old, new = _named(before), _named(after)
    if old is None or new is None:
        yield Difference(field, before, after)
        return
    in_list = isinstance(before, Sequence)
    for key in [*old, *(key for key in new if key not in old)]:
        place = f"{field}[{key}]" if in_list else f"{field}.{key}".removeprefix(".")
        yield from differences(old.get(key), new.get(key), place)


def _named(value: Any) -> Object | None:
    """What can be gone through by key; None: it is taken as a whole."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, list) and value and all(isinstance(item, Mapping) and "name" in item for item in value):
        return {str(item["name"]): item for item in value}
    return None
