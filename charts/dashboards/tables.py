"""Tables: several questions about the same things, joined into a row each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from charts.dashboards import look
from charts.dashboards.panels import LETTERS, target
from charts.dashboards.queries import Query
from grafana_foundation_sdk.builders import common, table
from grafana_foundation_sdk.models import common as chosen
from grafana_foundation_sdk.models import dashboard as models

Properties = list[models.DynamicConfigValue]


@dataclass(frozen=True)
class Column:
    """A query whose values fill a column; `steps` colour the cell's text, `meanings` say values as words."""

    title: str
    expr: str
    unit: str = "short"
    steps: look.Steps = field(default_factory=dict)
    meanings: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def joined(
    title: str,
    told: str,
    labels: Mapping[str, str],
    columns: Sequence[Column],
    *,
    links: Mapping[str, tuple[str, str]] | None = None,
    width: int = 24,
    height: int = 8,
) -> table.Panel:
    """A row for each combination of labels. labels: label -> its column's title; links: title -> (words, address)."""
    panel = table.Panel().title(title).description(told).height(height).span(width).show_header(True)
    panel = panel.cell_height(chosen.TableCellHeight.SM).no_value("–")
    for column, letter in zip(columns, LETTERS, strict=False):
        panel = panel.with_target(target(Query(column.expr), letter, instant=True, as_table=True))
        panel = panel.override_by_name(column.title, _drawn(column))
    for linked, (words, address) in (links or {}).items():
        panel = panel.override_by_name(linked, [models.DynamicConfigValue("links", [{"title": words, "url": address}])])
    panel = panel.sort_by([common.TableSortByFieldState().display_name(next(iter(labels.values()))).desc(False)])
    return panel.transformations([models.DataTransformerConfig("merge", options={}), _named(labels, columns)])


def _drawn(column: Column) -> Properties:
    given: dict[str, object] = {"unit": column.unit}
    if column.steps or column.meanings:
        given["thresholds"] = look.thresholds(column.steps, below=look.IDLE).build()
        given["custom.cellOptions"] = {"type": "color-text"}
    if column.meanings:
        given["mappings"] = look.words(column.meanings)
    return [models.DynamicConfigValue(name, value) for name, value in given.items()]


def _named(labels: Mapping[str, str], columns: Sequence[Column]) -> models.DataTransformerConfig:
    """The columns' titles and order. Grafana calls the values `Value`, and where there are more queries by letters."""
    alone = len(columns) == 1
    lettered = zip(LETTERS, columns, strict=False)
    values = {"Value" if alone else f"Value #{letter}": column.title for letter, column in lettered}
    titles = {**labels, **values}
    order = {name: index for index, name in enumerate(titles)}
    hidden = dict.fromkeys(("Time", "__name__"), True)
    return models.DataTransformerConfig(
        "organize", options={"excludeByName": hidden, "indexByName": order, "renameByName": titles}
    )
