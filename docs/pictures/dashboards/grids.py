"""Tables, joined as the dashboards' transformations say."""

from collections.abc import Mapping

from charts.dashboards.filled import Json
from docs.pictures.dashboards import theme, units
from docs.pictures.dashboards.recording import Recording
from docs.pictures.dashboards.sheet import Place, Sheet

ROW = 27.0
Cells = dict[str, str | float | None]


def table(sheet: Sheet, where: Place, panel: Json, recording: Recording) -> None:
    """The panel's inside."""
    titles = titled(panel)
    rows = joined(panel, recording, titles)
    columns = list(titles.values())
    overrides = {each["matcher"]["options"]: _properties(each) for each in panel["fieldConfig"]["overrides"]}
    lefts = _lefts(where, columns, rows, overrides)
    for title, left in lefts.items():
        sheet.text(left, where.y + 10, title, size=10, color=theme.LINK, weight="bold")
    for number, row in enumerate(rows):
        y = where.y + 12 + ROW * (number + 1)
        if y > where.y + where.height - 6:
            return
        sheet.rule(where.x, y - ROW / 2 + 1, where.width)
        for title, left in lefts.items():
            words, colour = _cell(row.get(title), overrides.get(title, {}), recording.end)
            sheet.text(left, y, words, size=10.5, color=colour)
    if not rows:
        middle = where.y + where.height / 2
        sheet.text(where.x + where.width / 2, middle, "No data", ha="center", color=theme.MUTED)


def titled(panel: Json) -> dict[str, str]:
    """The columns' titles by what Prometheus calls them, in their order."""
    (options,) = (each["options"] for each in panel["transformations"] if each["id"] == "organize")
    order = options["indexByName"]
    return {name: options["renameByName"][name] for name in sorted(order, key=order.__getitem__)}


def joined(panel: Json, recording: Recording, titles: Mapping[str, str]) -> list[Cells]:
    """A row for each combination of labels."""
    rows: dict[tuple[tuple[str, str], ...], Cells] = {}
    for target in panel["targets"]:
        value = "Value" if len(panel["targets"]) == 1 else f"Value #{target['refId']}"
        for series in recording.answer(target):
            labels = {titles[name]: text for name, text in series.labels.items()}
            row = rows.setdefault(tuple(sorted(labels.items())), {**labels})
            row[titles[value]] = series.last
    first = next(iter(titles.values()))
    return sorted(rows.values(), key=lambda row: str(row.get(first)))


def _properties(override: Json) -> Json:
    return {each["id"]: each["value"] for each in override["properties"]}


def _cell(value: str | float | None, properties: Json, now: float) -> tuple[str, str]:
    """Its words and their colour."""
    if isinstance(value, str):
        return value, theme.LINK if "links" in properties else theme.TEXT
    if value is None:
        return "–", theme.MUTED
    steps = properties.get("thresholds", {}).get("steps")
    colour = theme.colour(theme.reached(steps, value)) if steps else theme.TEXT
    for mapping in properties.get("mappings", []):
        if meaning := mapping["options"].get(f"{value:g}"):
            return meaning["text"], theme.colour(meaning["color"])
    return units.shown(value, properties["unit"], now), colour


def _lefts(where: Place, columns: list[str], rows: list[Cells], overrides: Mapping[str, Json]) -> dict[str, float]:
    """Where each column begins: all get what their words need, and an equal part of what is left."""
    longest = {
        title: max([len(title) + 1, *(len(_cell(row.get(title), overrides.get(title, {}), 0)[0]) for row in rows)])
        for title in columns
    }
    rest = max(where.width - 24 - sum(longest.values()) * 6.4, 0) / len(columns)
    lefts, x = {}, where.x + 12
    for title in columns:
        lefts[title] = x
        x += longest[title] * 6.4 + rest
    return lefts
