"""A dashboard's picture: its JSON says what is where, a recording what stands in it."""

from collections.abc import Callable
from pathlib import Path

from charts.dashboards.filled import Json
from docs.pictures.dashboards import theme
from docs.pictures.dashboards.figures import figure
from docs.pictures.dashboards.graphs import graph
from docs.pictures.dashboards.grids import table
from docs.pictures.dashboards.histories import history
from docs.pictures.dashboards.recording import NotRecordedError, Recording
from docs.pictures.dashboards.sheet import Place, Sheet, place

INSIDES: dict[str, Callable[[Sheet, Place, Json, Recording], None]] = {
    "stat": figure,
    "table": table,
    "timeseries": graph,
    "state-timeline": history,
}
TITLE = 28.0
# What a picture says of a variable in which all are chosen.
ALL = {".+": "All"}


def draw(dashboard: Json, recording: Recording, target: Path) -> None:
    """Writes the SVG."""
    lowest = max(each["gridPos"]["y"] + each["gridPos"]["h"] for each in dashboard["panels"])
    sheet = Sheet(theme.TOP + lowest * theme.UNIT + theme.MARGIN)
    _top(sheet, dashboard, recording)
    for panel in dashboard["panels"]:
        _row(sheet, panel) if panel["type"] == "row" else _panel(sheet, panel, recording)
    sheet.save(target)


def _top(sheet: Sheet, dashboard: Json, recording: Recording) -> None:
    sheet.text(theme.MARGIN + 2, 20, dashboard["title"].replace(" / ", "  ›  "), size=15, weight="bold")
    x = float(theme.MARGIN)
    for variable in dashboard["templating"]["list"]:
        chosen = recording.variables.get(variable["name"], "Prometheus")
        x = _variable(sheet, x, variable["label"], ALL.get(chosen, chosen))
    minutes = round((recording.end - recording.start) / 60)
    sheet.text(theme.WIDTH - theme.MARGIN, 20, f"Last {minutes} minutes", ha="right", color=theme.MUTED)


def _variable(sheet: Sheet, x: float, label: str, chosen: str) -> float:
    """Drawn at x; gives where the next begins."""
    wide, shown = len(label) * 6.4 + 14, len(chosen) * 6.4 + 24
    sheet.box(Place(x, 36, wide, 22), theme.PANEL, theme.BORDER)
    sheet.text(x + 7, 47.5, label, size=10, weight="bold")
    sheet.box(Place(x + wide, 36, shown, 22), theme.CANVAS, theme.BORDER)
    sheet.text(x + wide + 7, 47.5, chosen, size=10)
    sheet.text(x + wide + shown - 14, 47, "▾", size=9, color=theme.MUTED)
    return x + wide + shown + 8


def _row(sheet: Sheet, row: Json) -> None:
    where = place(row["gridPos"])
    sheet.text(where.x + 2, where.y + where.height / 2 + 2, "▾", size=11, color=theme.MUTED)
    sheet.text(where.x + 18, where.y + where.height / 2 + 2, row["title"], size=13, weight="bold")


def _panel(sheet: Sheet, panel: Json, recording: Recording) -> None:
    where = place(panel["gridPos"])
    sheet.box(where, theme.PANEL, theme.BORDER)
    try:
        INSIDES[panel["type"]](sheet, where.inside(1, TITLE, 1, 1), panel, recording)
    except NotRecordedError:
        middle = where.y + where.height / 2
        sheet.text(where.x + where.width / 2, middle, "Not recorded yet", ha="center", color=theme.MUTED)
    sheet.text(where.x + 10, where.y + 15, panel["title"], size=10.5, weight="bold")
