"""Lines over time, with a legend below."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from charts.dashboards.filled import Json
from docs.pictures.dashboards import theme, units
from docs.pictures.dashboards.recording import Recording, Series
from docs.pictures.dashboards.sheet import Place, Sheet
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

MOST_ROWS = 4  # of a legend; Grafana scrolls from there on
ROW, AXIS = 15.0, 20.0
NICE = (1, 2, 2.5, 5, 10)
MINUTES = (60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)


@dataclass(frozen=True)
class Line:
    """One series with its name and colour."""

    name: str
    colour: str
    values: list[float | None]

    @property
    def numbers(self) -> list[float]:
        """With gaps as NaN, which matplotlib leaves out."""
        return [math.nan if value is None else value for value in self.values]

    @property
    def there(self) -> list[float]:
        """Without gaps."""
        return [value for value in self.values if value is not None]


def lines(panel: Json, recording: Recording) -> list[Line]:
    """Every series of a panel, in the order of its queries."""
    found: list[tuple[str, Series]] = [
        (theme.named(target.get("legendFormat", ""), series.labels), series)
        for target in panel["targets"]
        for series in recording.answer(target)
    ]
    return [Line(name, theme.series(index), series.values) for index, (name, series) in enumerate(found)]


def graph(sheet: Sheet, where: Place, panel: Json, recording: Recording) -> None:
    """The panel's inside."""
    drawn = lines(panel, recording)
    if not any(line.there for line in drawn):
        sheet.text(where.x + where.width / 2, where.y + where.height / 2, "No data", ha="center", color=theme.MUTED)
        return
    rows = min(len(drawn), MOST_ROWS)
    legend = ROW * (rows + 1) + 2 if panel["options"]["legend"]["displayMode"] == "table" else ROW + 4
    _plot(sheet.axes(where.inside(62, 6, 8, legend + AXIS)), panel, drawn, recording)
    _legend(sheet, where, panel, drawn[:MOST_ROWS], where.y + where.height - legend + 8)


def _plot(axes: Axes, panel: Json, drawn: list[Line], recording: Recording) -> None:
    custom, defaults = panel["fieldConfig"]["defaults"]["custom"], panel["fieldConfig"]["defaults"]
    moments = [recording.start + recording.step * number for number in range(recording.length)]
    stacked = custom.get("stacking", {}).get("mode") == "normal"
    below = [0.0] * len(moments)
    for line in drawn:
        values = line.numbers
        if stacked:
            values = [low + (0.0 if math.isnan(value) else value) for low, value in zip(below, values, strict=True)]
        axes.fill_between(moments, below, values, color=line.colour, alpha=custom["fillOpacity"] / 100, lw=0)
        axes.plot(moments, values, color=line.colour, lw=1.3)
        below = values if stacked else below
    top = max(*below, *(value for line in drawn for value in line.there))
    _moments(axes, recording)
    _heights(axes, defaults, top * 1.05 or 1.0, drawn)
    _limits(axes, defaults)
    _marks(axes, recording, moments)


def _limits(axes: Axes, defaults: Json) -> None:
    if defaults["custom"].get("thresholdsStyle", {}).get("mode") != "dashed":
        return
    for step in defaults["thresholds"]["steps"][1:]:
        axes.axhline(step["value"], color=theme.colour(step["color"]), lw=1, ls=(0, (6, 4)))


def _marks(axes: Axes, recording: Recording, moments: list[int]) -> None:
    """Where an alert begins to fire."""
    begun = set()
    for mark in recording.marks:
        before: float | None = None
        for moment, value in zip(moments, mark.values, strict=True):
            if value is not None and before is None:
                begun.add(moment)
            before = value
    for moment in sorted(begun):
        axes.axvline(moment, color=theme.colour("red"), lw=0.8, ls=(0, (2, 3)), alpha=0.9)


def _moments(axes: Axes, recording: Recording) -> None:
    axes.set_xlim(recording.start, recording.end)
    every = 60 * max(1, round((recording.end - recording.start) / 60 / 5))
    first = -(-(recording.start + every // 4) // every) * every  # not under the vertical axis
    ticks = [moment for moment in range(first, recording.end + 1, every) if moment < recording.end - every / 4]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda moment, _: f"{datetime.fromtimestamp(moment, UTC):%H:%M}"))


def _heights(axes: Axes, defaults: Json, top: float, drawn: list[Line]) -> None:
    """Limits are drawn where they are in view: as in Grafana they do not make the axis longer."""
    unit = defaults["unit"]
    axes.set_ylim(0, defaults.get("max", top))
    whole = unit == "short" and all(value == round(value) for line in drawn for value in line.there)
    axes.yaxis.set_major_locator(_apart(unit, top) or MaxNLocator(4, steps=NICE, integer=whole))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: units.shown(value, unit)))


def _apart(unit: str, top: float) -> FixedLocator | None:
    """For bytes powers of two, for minutes whole ones."""
    if unit == "bytes":
        apart = 2.0 ** math.ceil(math.log2(top / 4))
    elif unit == "s" and 90 < top <= 4 * MINUTES[-1]:
        apart = next((step for step in MINUTES if top / step <= 4), MINUTES[-1])
    else:
        return None
    return FixedLocator([apart * number for number in range(int(top // apart) + 1)])


def _legend(sheet: Sheet, where: Place, panel: Json, drawn: list[Line], y: float) -> None:
    unit, right = panel["fieldConfig"]["defaults"]["unit"], where.x + where.width - 12
    for title, x in (("Last", right - 62), ("Max", right)):
        sheet.text(x, y, title, size=9, color=theme.LINK, ha="right")
    for number, line in enumerate(drawn, 1):
        middle = y + ROW * number
        sheet.bar(Place(where.x + 12, middle - 1.5, 12, 3), line.colour)
        room = int((where.width - 24 - 150) / 5.6)
        name = line.name if len(line.name) <= room else line.name[: room - 1] + "…"
        sheet.text(where.x + 30, middle, name, size=9.5)
        if line.there:
            sheet.text(right - 62, middle, units.shown(line.there[-1], unit), size=9.5, ha="right")
            sheet.text(right, middle, units.shown(max(line.there), unit), size=9.5, ha="right")
