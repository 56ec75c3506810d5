"""docs/plan.md names every key of the documents that `plan` prints, and shows what is really printed."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from pydantic.alias_generators import to_camel

from modelserver_operator.cli.plan import contents
from modelserver_operator.cli.plan.contents import Plan

PAGE = (Path(__file__).parents[3] / "docs" / "plan.md").read_text(encoding="utf-8")


def parts(of: type[Any]) -> set[type[Any]]:
    """The dataclasses that a plan consists of."""
    hints = get_type_hints(of, vars(contents))
    inner = {found for hint in hints.values() for found in (hint, *get_args(hint)) if is_dataclass(found)}
    return {of, *(found for part in inner for found in parts(part))}  # type: ignore[arg-type]


def test_every_key_is_told() -> None:
    everything = parts(Plan)
    assert {"Memory", "Difference", "Affected", "Problem"} <= {each.__name__ for each in everything}
    keys = {to_camel(field.name) for each in everything for field in fields(each)}
    told = set(re.findall(r"`(?:[a-zA-Z]+\[?\]?\.)*([a-zA-Z]+)(?:\[\])?`", PAGE.partition("## In a script")[2]))
    assert keys - told == set()


def test_every_word_for_a_change_is_told() -> None:
    assert [
        each for each in get_args(contents.Change) if f"`{each}`" not in PAGE or f"`{each.lower()}`" not in PAGE
    ] == []
    assert [each for each in get_args(contents.Source) if f"`{each}`" not in PAGE] == []
