"""What would become of each object, and which values differ, for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from modelserver_operator.cli.narrow import Narrow
from modelserver_operator.cli.plan.contents import Child, Difference
from modelserver_operator.cli.screen import row, table

STYLES = {"New": "green", "Changed": "yellow", "Removed": "red", "Refused": "bold red", "Unknown": "magenta"}
SIGNS = {"+": "green", "-": "red", "@": "cyan"}


def changed(objects: Sequence[Child]) -> Iterator[RenderableType]:
    """A line for each object, then how those would change that do."""
    if objects:
        yield _list(objects)
    for child in objects:
        if child.diff:
            yield Text(f"\n{child.kind} {child.name}", style="bold")
            yield _diff(child.diff)


def differences(found: Iterable[Difference]) -> RenderableType:
    """Each value that differs, as it is and as it would be."""
    made = table("value", "now", "then")
    for each in found:
        row(made, each.field, _written(each.before), _written(each.after))
    return made


def _list(children: Iterable[Child]) -> RenderableType:
    asked = [child for child in children if child.change]
    if not asked:
        return _names(children)
    made = table("change", "kind", "name", "note")
    for child in asked:
        change = str(child.change)
        row(made, change.lower(), child.kind, child.name, child.note, style=STYLES.get(change, ""))
    return Narrow(made, prose="NOTE")


def _names(children: Iterable[Child]) -> RenderableType:
    made = table("kind", "name")
    for child in children:
        row(made, child.kind, child.name)
    return made


def _diff(diff: str) -> RenderableType:
    page = Text()
    for line in diff.splitlines(keepends=True):
        page.append(line, style=SIGNS.get(line[0], ""))
    page.rstrip()
    return page


def _written(value: Any) -> str:
    if value is None:
        return "(none)"
    return value if isinstance(value, str) else json.dumps(value)
