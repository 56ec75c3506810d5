"""State timelines: what each series was when, as bars with words."""

from charts.dashboards.filled import Json
from docs.pictures.dashboards import theme
from docs.pictures.dashboards.graphs import lines
from docs.pictures.dashboards.recording import Recording
from docs.pictures.dashboards.sheet import Place, Sheet

NAMES = 118.0  # pixels for the names at the left
LEGEND = 24.0
Meanings = dict[str, dict[str, str]]


def history(sheet: Sheet, where: Place, panel: Json, recording: Recording) -> None:
    """The panel's inside."""
    drawn = lines(panel, recording)
    if not drawn:
        sheet.text(where.x + where.width / 2, where.y + where.height / 2, "No data", ha="center", color=theme.MUTED)
        return
    meanings = _meanings(panel["fieldConfig"]["defaults"]["mappings"])
    inside = where.inside(NAMES + 12, 4, 10, LEGEND + 4)
    height = min(inside.height / len(drawn), 44)
    seen: Meanings = {}
    for number, line in enumerate(drawn):
        row = Place(inside.x, inside.y + height * number + 3, inside.width, height - 6)
        room = int(NAMES / 5.7)
        name = line.name if len(line.name) <= room else "…" + line.name[-room + 1 :]
        sheet.text(inside.x - 6, row.y + row.height / 2, name, size=9.5, ha="right", color=theme.MUTED)
        _row(sheet, row, line.values, meanings, seen)
    _legend(sheet, where, seen)


def _meanings(mappings: list[Json]) -> Meanings:
    found: Meanings = {value: meaning for each in mappings for value, meaning in each["options"].items()}
    return found


def _row(sheet: Sheet, row: Place, values: list[float | None], meanings: Meanings, seen: Meanings) -> None:
    width, begun = row.width / len(values), 0
    for number in range(1, len(values) + 1):
        if number < len(values) and values[number] == values[begun]:
            continue
        value = values[begun]
        if value is not None:
            meaning = meanings[f"{value:g}"]
            seen.setdefault(meaning["text"] + meaning["color"], meaning)
            part = Place(row.x + width * begun, row.y, width * (number - begun), row.height)
            sheet.bar(part, theme.colour(meaning["color"]), alpha=0.72)
            if part.width > 7 * len(meaning["text"]):
                sheet.text(part.x + 5, part.y + part.height / 2, meaning["text"], size=9.5, color="#ffffff")
        begun = number


def _legend(sheet: Sheet, where: Place, seen: Meanings) -> None:
    x, y = where.x + 12, where.y + where.height - LEGEND / 2
    for meaning in seen.values():
        sheet.bar(Place(x, y - 1.5, 12, 3), theme.colour(meaning["color"]))
        sheet.text(x + 17, y, meaning["text"], size=9.5)
        x += 30 + 6.2 * len(meaning["text"])
