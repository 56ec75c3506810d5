"""The page of requirements names tests that are there, for each row or with a reason why there is none."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "requirements.md").read_text()
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def rows() -> list[str]:
    """The table rows below each heading but its header."""
    found = re.findall(r"^\| (.+) \|$", PAGE, flags=re.MULTILINE)
    return [row for row in found if not row.startswith("users have")]


def test_each_row_is_shown_by_a_test_or_says_that_it_is_not_there_yet() -> None:
    bare = [row for row in rows() if not TEST.search(row) and "| not yet" not in row]

    assert len(rows()) > 30
    assert bare == []


def test_each_named_test_is_there() -> None:
    named = set(TEST.findall(PAGE))
    defined = {file: set(re.findall(r"def (test_\w+)\(", (ROOT / file).read_text())) for file, _ in named}

    assert sorted(f"{file}::{name}" for file, name in named if name not in defined[file]) == []
