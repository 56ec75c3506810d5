"""docs/plan.md names every key of the documents that `plan` prints, and shows what is really printed."""

from __future__ import annotations

import re
import shutil
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from click.testing import CliRunner
from pydantic.alias_generators import to_camel

from modelserver_operator.cli import main
from modelserver_operator.cli.plan import contents
from modelserver_operator.cli.plan.contents import Plan

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "plan.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The page's blocks of code in this language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_first_output_is_a_real_one(tmp_path: Path) -> None:
    folder, file = tmp_path / "qwen2.5-7b-instruct", tmp_path / "support.yaml"
    folder.mkdir()
    shutil.copy(ROOT / "tests" / "unit" / "memory" / "configs" / "qwen2.5-7b-instruct.json", folder / "config.json")
    file.write_text(blocks("yaml")[0], encoding="utf-8")
    classes = ROOT / "manifests" / "samples" / "class.yaml"
    words = ["plan", "-f", str(file), "--class-file", str(classes), "--claim", f"models={tmp_path}"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    told = blocks("text")[0].splitlines()
    assert len(told) > 20
    assert [line for line in told if line not in ("…", *result.stdout.splitlines())] == []


def parts(of: type[Any]) -> set[type[Any]]:
    """The dataclasses that a plan consists of."""
    hints = get_type_hints(of)
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
