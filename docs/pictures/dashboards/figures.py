"""Panels with one large figure or word, and its course behind it."""

import math

from charts.dashboards.filled import Json
from docs.pictures.dashboards import theme, units
from docs.pictures.dashboards.recording import Recording, Series
from docs.pictures.dashboards.sheet import Place, Sheet

# A bold letter of a size is about so much of it wide.
LETTER = 0.62


def figure(sheet: Sheet, where: Place, panel: Json, recording: Recording) -> None:
    """The panel's inside."""
    (target,) = panel["targets"]
    answered = recording.answer(target)
    series = answered[0] if answered else Series({}, [])
    options, defaults = panel["options"], panel["fieldConfig"]["defaults"]
    colour = theme.colour(theme.reached(defaults["thresholds"]["steps"], series.last))
    if options["textMode"] == "name":
        _word(sheet, where, theme.named(target["legendFormat"], series.labels) or "–", colour)
        return
    if options["graphMode"] == "area":
        _course(sheet, where, series, colour)
    number = "–" if series.last is None else units.shown(series.last, defaults["unit"], recording.end)
    _number(sheet, where, number, colour)


def _word(sheet: Sheet, where: Place, word: str, colour: str) -> None:
    sheet.box(where.inside(-1, -27, -1, -1), colour)
    sheet.box(where.inside(-1, -27, -1, -1), "#00000030")
    size = min(26.0, (where.width - 20) / len(word) / LETTER)
    sheet.text(where.x + where.width / 2, where.y + where.height / 2, word, size=size, ha="center", color="#ffffff")


def _number(sheet: Sheet, where: Place, words: str, colour: str) -> None:
    """The unit is written smaller than the number, and both meet at a point, however wide a font is."""
    number, _, unit = words.partition(" ")
    size = min(32.0, (where.width - 24) / (len(number) + 0.7 * len(unit)) / LETTER)
    middle, y = where.x + where.width / 2, where.y + where.height * 0.4
    if not unit:
        sheet.text(middle, y, number, size=size, color=colour, weight="bold", ha="center")
        return
    meet = middle + size * LETTER * (len(number) - 0.65 * len(unit)) / 2
    sheet.text(meet - size * 0.08, y, number, size=size, color=colour, weight="bold", ha="right")
    sheet.text(meet + size * 0.08, y + size * 0.12, unit, size=size * 0.6, color=colour, weight="bold")


def _course(sheet: Sheet, where: Place, series: Series, colour: str) -> None:
    values = [math.nan if value is None else value for value in series.values]
    there = [value for value in series.values if value is not None]
    if len(there) < 2:
        return
    axes = sheet.axes(where.inside(0, where.height * 0.62, 0, 0))
    axes.axis("off")
    axes.set_xlim(0, len(values) - 1)
    axes.set_ylim(min(0, *there), (max(there) or 1.0) * 1.1)
    axes.fill_between(range(len(values)), values, color=colour, alpha=0.2, lw=0)
    axes.plot(range(len(values)), values, color=colour, lw=1)
