"""Everything about one server, as a page: its figures, pods, served names, emotions, refusals and conditions. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from modelserver_operator.cli import screen
from modelserver_operator.cli.narrow import Narrow
from modelserver_operator.cli.status.text import GOOD, STYLES, conditions, facts
from modelserver_operator.cli.top.board import PodRow, Row
from modelserver_operator.cli.top.columns import NOTHING, number, seconds
from modelserver_operator.cli.top.figures import Figures
from modelserver_operator.cli.top.spark import spark
from modelserver_operator.cli.top.watched import Trace

SPARE = ("E2E50", "TTFT50", "REQ/S", "CACHE", "ERRORS", "READY", "TTFT95", "TOK/S")  # the first of them goes first
MEASURED = ("tok/s", "req/s", "ttft50", "ttft95", "e2e50", "e2e95", "errors")
LABEL = 12  # columns before a sparkline, and behind it


def page(row: Row, width: int) -> Iterator[RenderableType]:
    """As wide as the terminal."""
    server = row.server
    yield Text.assemble((server.key[1], "bold"), ": ", (server.sentence, STYLES[server.state]))
    if server.todo:
        yield Text(f"To do: {server.todo}")
    yield Text()
    if server.view:
        yield facts(server.view)
        yield Text()
    yield from _traces(row.trace, width)
    yield _pods(row)
    yield from _names(row.figures)
    yield from _counted("emotion", "requests", row.figures.emotions)
    yield from _counted("refused", "requests", row.figures.refused)
    yield from _counted("deadline missed", "requests", row.figures.missed)
    yield from (Text(), Text(f"Retunes that came into force: {number(row.figures.retunes)}"))
    if server.view:
        yield from conditions(server.view)


def _traces(trace: Trace, width: int) -> Iterator[RenderableType]:
    for label, values in (("Running", trace.running), ("Tokens/s", trace.tokens)):
        line = spark(values, max(10, width - 2 * LABEL))
        last = number(values[-1] if values else None)
        yield Text.assemble(f"{label:<{LABEL}}", (line, "cyan"), f"  {last}")
    yield Text()


def _pods(row: Row) -> Narrow:
    made = _table("pod", "ready", "state", "run", "wait", *MEASURED, "cache", "note")
    for each in row.pods:
        pod, scrape = each.pod, each.pod.scrape
        state = scrape.state if scrape else NOTHING
        now = (number(each.figures.running), number(each.figures.waiting))
        ready = Text(str(pod.ready), style=GOOD[str(pod.ready)])
        screen.row(made, pod.name, ready, state, *now, *_measured(each.figures), _cache(each), _note(each))
    return Narrow(made, SPARE, words=("POD",), prose="NOTE")


def _cache(row: PodRow) -> str:
    share = row.pod.scrape.cache if row.pod.scrape else None
    return NOTHING if share is None else f"{100 * share:.0f}%"


def _note(row: PodRow) -> str:
    refused = row.pod.scrape is not None and row.pod.scrape.live_refused
    return "its newest live part is refused" if refused else row.pod.why


def _names(figures: Figures) -> Iterator[RenderableType]:
    by_name = figures.by_name()
    if by_name:
        made = _table("served name", *MEASURED)
        for name, each in by_name.items():
            screen.row(made, name, *_measured(each))
        yield from (Text(), Narrow(made, SPARE, ("SERVED NAME",)))


def _measured(figures: Figures) -> Sequence[str]:
    rates = (number(figures.tokens), number(figures.requests))
    times = (figures.ttft.p50, figures.ttft.p95, figures.e2e.p50, figures.e2e.p95)
    return (*rates, *map(seconds, times), number(figures.errors))


def _counted(heading: str, what: str, counts: Mapping[str, float]) -> Iterator[RenderableType]:
    if counts:
        made = _table(heading, what)
        for name, count in counts.items():
            screen.row(made, name, number(count))
        yield from (Text(), made)


def _table(*headings: str) -> Table:
    """As everywhere, with numbers set right: whatever stands between the first words and the last ones."""
    made = screen.table(*headings)
    for column in made.columns[1:]:
        named = str(column.header).lower()
        column.justify = "left" if named in ("ready", "state", "note") else "right"
    return made
