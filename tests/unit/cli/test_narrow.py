"""What a narrow terminal shows: no line is too long, no figure is broken into lines, and what is left out is told."""

from __future__ import annotations

import io

import pytest
from rich.console import Console, RenderableType
from tests.unit.cli.loadtest.test_told import made

from modelserver_operator.cli import screen
from modelserver_operator.cli.loadtest.reporting.comparing import compared
from modelserver_operator.cli.loadtest.reporting.comparison_text import comparison_text
from modelserver_operator.cli.loadtest.reporting.text import text
from modelserver_operator.cli.narrow import Narrow

NAMES = ("NAME", "FIRST", "SECOND", "WORDS")


def printed(width: int, *parts: RenderableType) -> list[str]:
    """In a terminal so wide."""
    paper = io.StringIO()
    Console(file=paper, width=width, color_system=None, highlight=False, markup=False).print(*parts, sep="\n")
    return [line.rstrip() for line in paper.getvalue().splitlines()]


def table() -> Narrow:
    made = screen.table(*NAMES)
    screen.row(made, "one", "123 ms", "45.6 ms", "nothing is the matter with it")
    return Narrow(made, spare=("SECOND", "FIRST"), words=("WORDS",))


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (60, "NAME   FIRST    SECOND    WORDS"),  # as it is where there is room
        (35, "NAME FIRST  SECOND  WORDS"),
        (30, "NAME FIRST  SECOND  WORDS"),
        (24, "NAME FIRST  WORDS"),
        (18, "NAME WORDS"),
    ],
)
def test_columns_move_together_and_then_go(width: int, expected: str) -> None:
    heading, *lines = printed(width, table())
    assert heading == expected
    assert max(map(len, lines)) <= width
    said = " ".join(" ".join(lines).split())
    gone = [name for name in ("SECOND", "FIRST") if name not in expected]
    assert said.endswith(f"There is no room here for {', '.join(gone)}.") == bool(gone)
    assert ("123 ms" in said, "45.6 ms" in said) == ("FIRST" in expected, "SECOND" in expected)


def test_prose_stands_below_its_row_before_a_column_goes() -> None:
    made = screen.table(*NAMES)
    screen.row(made, "one", "123 ms", "45.6 ms", "nothing is the matter with it")
    screen.row(made, "two", "1 ms", "2 ms", "")
    narrow = Narrow(made, spare=("SECOND", "FIRST"), prose="WORDS")
    assert printed(60, narrow)[0].split() == list(NAMES)
    assert printed(27, narrow) == [
        "NAME   FIRST    SECOND",
        "one    123 ms   45.6 ms",
        "  nothing is the matter",
        "  with it",
        "two    1 ms     2 ms",
    ]
    assert printed(12, narrow)[:2] == ["NAME FIRST", "one  123 ms"]
    assert printed(12, narrow)[-3:] == ["There is no", "room here", "for SECOND."]


@pytest.mark.parametrize("width", [50, 60, 80, 100])
def test_a_load_tests_text_fits_and_its_figures_are_whole(width: int) -> None:
    old, new = made(), made(1.3)
    lines = printed(width, *text(new), *comparison_text(compared(old, new)))
    assert [line for line in lines if len(line) > width] == []
    assert [line for line in lines if line.strip() in ("ms", "s", "%")] == []
    p95 = f"{new.overall.e2e.p95.value:.2f} s" if new.overall.e2e else ""
    assert any(line.startswith("e2e.p95<1s") and line.endswith(p95) for line in lines)
    assert any(line.split()[:2] == ["all", "e2e.p95"] and p95 in line and line.endswith("worse") for line in lines)


def test_a_sentence_ends_its_lines_once() -> None:
    """Not at the hundredth column and at the terminal's last one, too."""
    lines = printed(60, *text(made()))
    first = lines.index(next(line for line in lines if line.startswith("openai, streams")))
    assert all(len(line) > 40 for line in lines[first : first + 2])
