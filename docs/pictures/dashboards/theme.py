"""Grafana's dark theme: its names of colours, its palette for series, its measures in pixels."""

import re

CANVAS, PANEL, BORDER, LINES = "#111217", "#181b1f", "#2a2c33", "#26282e"
TEXT, MUTED, LINK = "#d5d6df", "#9b9ca8", "#6e9fff"
NAMED = {
    "green": "#73bf69",
    "orange": "#ff9830",
    "red": "#f2495c",
    "blue": "#5794f2",
    "text": "#ccccdc",
    "transparent": "none",
}
# "Classic palette": series get these one after the other.
PALETTE = (
    *("#73bf69", "#f2cc0c", "#8ab8ff", "#ff780a", "#f2495c", "#5794f2", "#b877d9", "#705da0"),
    *("#37872d", "#fade2a", "#447ebc", "#c15c17", "#890f02", "#0a437c", "#6d1f62", "#584477"),
)
COLUMNS, WIDTH, MARGIN, GAP, UNIT, TOP = 24, 1240, 12, 8, 38, 64  # a grid unit is 30 pixels high, and a gap


def colour(name: str) -> str:
    """What Grafana's name of a colour looks like."""
    return NAMED[name]


def series(index: int) -> str:
    """The colour of the line of that number."""
    return PALETTE[index % len(PALETTE)]


def named(template: str, labels: dict[str, str]) -> str:
    """A series' name by its legend, such as `{{pod}}`."""
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda found: labels.get(found[1], ""), template)


def reached(steps: list[dict[str, object]], value: float | None) -> str:
    """The name of the colour of the last threshold that a value reaches."""
    names = [str(steps[0]["color"])]
    for step in steps[1:]:
        limit = step["value"]
        if value is not None and isinstance(limit, int | float) and value >= limit:
            names.append(str(step["color"]))
    return names[-1]
