"""Which fields of an object are not as an apply would leave them: by what it says and by whose its fields are. Pure.

An apply need not be sent when the object holds every value of the wish and our field manager owns exactly the wish's
fields. Both matter: an admission webhook can change a value that stays ours, and a field that is wished for no longer
is removed by nothing but an apply. Which lists have keys, and which values are taken as a whole, stands in no wish; it
is read from the managedFields of all managers, which the API server has written by its schema.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from modelserver_operator.resolve.quantities import FACTORS

Tree = Mapping[str, Any]  # fieldsV1: f:<field> or k:<an item's keys as JSON>, each with a tree; {} is one value
Path = tuple[str, ...]  # of such keys

NAMELESS: Tree = {}
IDENTITY = {"apiVersion": None, "kind": None, "name": None, "namespace": None}  # which no manager owns
QUANTITY = re.compile(r"(\d+(?:\.\d*)?)([A-Za-z]{0,2})")


def deviations(wish: Mapping[str, Any], live: Mapping[str, Any], manager: str) -> list[Path]:
    """The fields that an apply of `wish` by `manager` would change, in value or in ownership; none: leave it."""
    wished = {key: value for key, value in wish.items() if key not in IDENTITY}
    wished["metadata"] = {key: value for key, value in wish["metadata"].items() if key not in IDENTITY}
    if not wished["metadata"]:
        del wished["metadata"]
    entries = live["metadata"].get("managedFields") or ()
    ours = _union(entry["fieldsV1"] for entry in entries if _applied_by(entry, manager))
    known = _union(entry["fieldsV1"] for entry in entries if "subresource" not in entry)
    return list(_compare(wished, live, ours or None, known, ()))


def writer(live: Mapping[str, Any], path: Path, *, but: Sequence[str]) -> str:
    """The field manager, other than those in `but`, that wrote this field or something above it last; empty: none."""
    entries = [
        entry
        for entry in live["metadata"].get("managedFields") or ()
        if entry["manager"] not in but and _holds(entry.get("fieldsV1") or {}, path)
    ]
    return max(entries, key=lambda entry: str(entry.get("time", "")))["manager"] if entries else ""


def owns_beyond(live: Mapping[str, Any], manager: str, path: Path) -> bool:
    """Whether the manager has applied more than the one field."""
    entries = live["metadata"].get("managedFields") or ()
    return any(_leaves(entry["fieldsV1"], ()) - {path} for entry in entries if _applied_by(entry, manager))


def spelled(path: Path) -> str:
    """A path as people write it: spec.template.spec.containers[runtime].image."""
    text = ""
    for step in path:
        prefix, _, rest = step.partition(":")
        text += f"[{','.join(map(str, json.loads(rest).values()))}]" if prefix == "k" else f".{rest}"
    return text.removeprefix(".")


def _applied_by(entry: Mapping[str, Any], manager: str) -> bool:
    return (entry["manager"], entry["operation"]) == (manager, "Apply") and "subresource" not in entry


def _union(trees: Iterator[Tree]) -> Tree:
    merged: dict[str, Any] = {}
    for tree in trees:
        for key, below in tree.items():
            merged[key] = _union(iter((merged.get(key, {}), below)))
    return merged


def _holds(tree: Tree, path: Path) -> bool:
    """Whether the tree has the field itself, or takes something above it as a whole."""
    for step in path:
        if step not in tree:
            return False
        tree = tree[step]
        if not tree:
            return True
    return True


def _leaves(tree: Tree, path: Path) -> set[Path]:
    """The fields that a manager owns, without those above them."""
    if not tree:
        return {path}
    return {leaf for step, below in tree.items() if step != "." for leaf in _leaves(below, (*path, step))}


def _compare(wish: Any, live: Any, ours: Tree | None, known: Tree, path: Path) -> Iterator[Path]:
    """The paths, below `path`, of what differs. `ours` is None where we own nothing."""
    if isinstance(wish, Mapping) and _has(known, "f:"):
        steps = {f"f:{key}": (value, _get(live, key)) for key, value in wish.items()}
    elif isinstance(wish, Sequence) and _has(known, "k:"):
        steps = {_step(item, known): (item, _item(live, _step(item, known))) for item in wish}
    else:
        if ours is None or not same(wish, live):
            yield path
        return
    for step, (value, found) in steps.items():
        yield from _compare(value, found, (ours or {}).get(step), known.get(step, NAMELESS), (*path, step))
    yield from ((*path, step) for step in ours or {} if step not in steps and step != ".")


def _has(tree: Tree, prefix: str) -> bool:
    return any(key.startswith(prefix) for key in tree)


def _get(live: Any, key: str) -> Any:
    return live.get(key) if isinstance(live, Mapping) else None


def _step(item: Mapping[str, Any], known: Tree) -> str:
    """The key under which managedFields know the item; one of its own when they do not know it."""
    steps = (step for step in known if step.startswith("k:"))
    unknown = f"k:{json.dumps({'': json.dumps(item, sort_keys=True)})}"
    return next((step for step in steps if _is_item(item, step)), unknown)


def _item(live: Any, step: str) -> Any:
    items = live if isinstance(live, Sequence) else ()
    return next((item for item in items if _is_item(item, step)), None)


def _is_item(item: Mapping[str, Any], step: str) -> bool:
    return all(key in item and item[key] == value for key, value in json.loads(step[2:]).items())


def same(wish: Any, live: Any) -> bool:
    """Whether a value is as wished. The API server adds defaults, leaves zero values out and rewrites quantities."""
    if isinstance(wish, Mapping) and isinstance(live, Mapping):
        return all(same(value, live.get(key)) for key, value in wish.items())
    if isinstance(wish, list) and isinstance(live, list):
        return len(wish) == len(live) and all(map(same, wish, live))
    if live is None:
        return not wish
    return bool(wish == live) or number(wish) == number(live) is not None


def number(value: Any) -> Decimal | None:
    """A quantity as a number; None: it is none."""
    found = QUANTITY.fullmatch(value) if isinstance(value, str) else None
    return Decimal(found[1]) * FACTORS[found[2]] if found and found[2] in FACTORS else None
