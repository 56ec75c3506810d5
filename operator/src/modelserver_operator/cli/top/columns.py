"""The table's columns: headings, what stands in them, what they are sorted by, and which there is room for. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from modelserver_operator.cli.top.board import Row

NOTHING = "-"


@dataclass(frozen=True)
class Column:
    """`name` is what --sort takes. value: what is sorted by, the number first; None is last, whatever the direction.

    room: from which width in columns of the terminal on it is shown. numeric: set right, and the highest first.
    """

    name: str
    heading: str
    text: Callable[[Row], str]
    value: Callable[[Row], Any]
    room: int = 0
    numeric: bool = True


def number(value: float | None) -> str:
    """Three digits are enough, and no more than five characters are taken."""
    if value is None:
        return NOTHING
    if value >= 99_950:
        return f"{value / 1000:.0f}k"
    if value >= 10 or value == int(value):
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 0.05 else "<0.1"


def seconds(value: float | None) -> str:
    """A time as people read it."""
    if value is None:
        return NOTHING
    if value < 1:
        return f"{value * 1000:.0f}ms"
    return f"{value:.2f}s" if value < 10 else f"{value:.0f}s"


def _measure(
    name: str, heading: str, value: Callable[[Row], float | None], room: int = 0, text: Callable[..., str] = number
) -> Column:
    return Column(name, heading, lambda row: text(value(row)), value, room)


def _words(name: str, heading: str, text: Callable[[Row], str], room: int = 0) -> Column:
    return Column(name, heading, text, lambda row: text(row).lower(), room, numeric=False)


def _emotions(row: Row) -> str:
    return " ".join(row.figures.steered) or NOTHING


NAMESPACE = _words("namespace", "NAMESPACE", lambda row: row.server.key[0])
COLUMNS: Sequence[Column] = (
    _words("name", "NAME", lambda row: row.server.key[1]),
    Column("state", "STATE", lambda row: row.server.state, lambda row: row.server.state.rank),
    Column(
        "replicas",
        "PODS",
        lambda row: f"{row.server.answering}/{row.server.wanted}",
        lambda row: row.server.answering,
        room=72,
    ),
    _measure("running", "RUN", lambda row: row.figures.running),
    _measure("waiting", "WAIT", lambda row: row.figures.waiting),
    _measure("tokens", "TOK/S", lambda row: row.figures.tokens, room=50),
    _measure("requests", "REQ/S", lambda row: row.figures.requests, room=90),
    _measure("ttft50", "TTFT50", lambda row: row.figures.ttft.p50, room=120, text=seconds),
    _measure("ttft95", "TTFT95", lambda row: row.figures.ttft.p95, room=66, text=seconds),
    _measure("e2e50", "E2E50", lambda row: row.figures.e2e.p50, room=120, text=seconds),
    _measure("e2e95", "E2E95", lambda row: row.figures.e2e.p95, room=58, text=seconds),
    _measure("refused", "REFUSED", lambda row: sum(row.figures.refused.values()), room=72),
    _measure("errors", "ERRORS", lambda row: row.figures.errors, room=100),
    _words("emotions", "EMOTIONS", _emotions, room=130),
    _words("model", "MODEL", lambda row: row.server.model, room=150),
    _words("condition", "CONDITION", lambda row: row.server.sentence, room=170),
)
ALL = (NAMESPACE, *COLUMNS)
BY_NAME = {column.name: column for column in ALL}


NAMESPACE_WIDTH = 14  # what the others lose to it


def shown(width: int, *, everywhere: bool) -> list[Column]:
    """Those that a terminal of this width has room for. everywhere: whether servers are of several namespaces."""
    if everywhere:
        return [NAMESPACE, *shown(width - NAMESPACE_WIDTH, everywhere=False)]
    return [column for column in COLUMNS if column.room <= width]


LEAST, GAP = 5, 2  # of a column that numbers come and go in, and between columns
LEAST_NAME = 8  # in a terminal that is narrow
MOST = {"namespace": 20, "name": 28, "emotions": 24, "model": 28}


def widths(columns: Sequence[Column], cells: Sequence[Sequence[str]], width: int) -> list[int]:
    """How wide each column is drawn: as its cells are, within MOST; a last column of sentences has what is left."""
    found = []
    for number_, column in enumerate(columns):
        texts = (len(row[number_]) for row in cells)
        natural = max(*texts, len(column.heading) + 1, LEAST) if cells else max(len(column.heading) + 1, LEAST)
        found.append(min(natural, MOST.get(column.name, natural)))
    if columns[-1].name == "condition":
        found[-1] = max(20, width - sum(found[:-1]) - GAP * len(found))
    return _narrowed(found, columns, width)


def _narrowed(wide: Sequence[int], columns: Sequence[Column], width: int) -> list[int]:
    """Names are cut where not all columns would be seen."""
    made, names = list(wide), [place for place, column in enumerate(columns) if column.name in ("name", "namespace")]
    for place in reversed(names):
        made[place] = min(made[place], max(LEAST_NAME, made[place] + width - sum(made) - GAP * len(made)))
    return made
