"""A comparison for people, and for scripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import RenderableType
from rich.text import Text

from modelserver_operator.cli import screen
from modelserver_operator.cli.loadtest.reporting.comparing import Comparison, Difference, Verdict
from modelserver_operator.cli.loadtest.reporting.comparison_report import Change, Compared, Said
from modelserver_operator.cli.loadtest.reporting.figures import said
from modelserver_operator.cli.loadtest.reporting.text import ALL, wrapped
from modelserver_operator.cli.narrow import Narrow

STYLES = {Verdict.BETTER: "green", Verdict.WORSE: "bold red", Verdict.NOISE: "dim", Verdict.UNKNOWN: "dim"}
SAID: Mapping[Verdict, Said] = {
    Verdict.BETTER: "Better",
    Verdict.WORSE: "Worse",
    Verdict.NOISE: "Noise",
    Verdict.UNKNOWN: "Unknown",
}
HOW = (
    "No more than chance: 0 lies within the 95 % interval of the difference, made of both reports' own intervals "
    "(block bootstrap of times, slices of rates, Wilson's of shares)."
)


def comparison_text(comparison: Comparison) -> Iterator[RenderableType]:
    """The differences, and what else was not alike."""
    old, new = comparison.old.started_at, comparison.new.started_at
    yield from (Text(), Text(f"Compared with {old} (now: {new})", style="bold"))
    yield from (wrapped(f"Not alike: {note}.", "yellow") for note in comparison.notes)
    made = screen.table("scenario", "figure", "before", "now", "change", "")
    for each in filter(_is_told, comparison.differences):
        figures = (said(each.old, each.unit), said(each.new, each.unit), changed(each))
        screen.row(
            made, each.scenario or ALL, each.name, *figures, Text(each.verdict.value, style=STYLES[each.verdict])
        )
    yield from (Narrow(made, words=("SCENARIO", "")), wrapped(HOW, "dim"))


def _is_told(difference: Difference) -> bool:
    """Of a single scenario only what is no chance; the page and the JSON have everything."""
    return not difference.scenario or difference.verdict in (Verdict.BETTER, Verdict.WORSE)


def comparison_document(comparison: Comparison) -> Compared:
    """The same for scripts."""
    return Compared(
        old_started_at=comparison.old.started_at,
        new_started_at=comparison.new.started_at,
        not_alike=list(comparison.notes),
        differences=[
            Change(
                scenario=each.scenario or ALL,
                figure=each.name,
                old=each.old,
                new=each.new,
                change=each.change,
                verdict=SAID[each.verdict],
            )
            for each in comparison.differences
        ],
    )


def changed(difference: Difference) -> str:
    """In percent of the old figure; of shares in percentage points."""
    if difference.unit == "%":
        return f"{100 * (difference.new - difference.old):+.2g} points" if difference.new != difference.old else "-"
    return "-" if difference.change is None else f"{100 * difference.change:+.1f} %"
