"""The kinds of panels that the dashboards have. Each takes what differs from panel to panel and nothing else."""

from collections.abc import Mapping, Sequence

from charts.dashboards import look
from charts.dashboards.queries import Query
from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, statetimeline, timeseries
from grafana_foundation_sdk.models import common as chosen
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def figure(
    title: str, told: str, query: Query, *, unit: str = "short", steps: look.Steps = look.NEVER, width: int = 3
) -> stat.Panel:
    """One number, large, with its course behind it; coloured by `steps`."""
    panel = _stat(title, told, query, width).unit(unit).thresholds(look.thresholds(steps))
    return panel.graph_mode(chosen.BigValueGraphMode.AREA).text_mode(chosen.BigValueTextMode.VALUE)


def still(
    title: str, told: str, query: Query, *, unit: str = "short", steps: look.Steps = look.NEVER, width: int = 3
) -> stat.Panel:
    """One number of the whole range in view, which has no course."""
    panel = _stat(title, told, query, width, instant=True).unit(unit).thresholds(look.thresholds(steps))
    return panel.graph_mode(chosen.BigValueGraphMode.NONE).text_mode(chosen.BigValueTextMode.VALUE)


def word(title: str, told: str, query: Query, *, steps: look.Steps, width: int = 3) -> stat.Panel:
    """The name of the one series that there is, on the colour of its value."""
    panel = _stat(title, told, query, width, instant=True).thresholds(look.thresholds(steps))
    panel = panel.graph_mode(chosen.BigValueGraphMode.NONE).text_mode(chosen.BigValueTextMode.NAME)
    return panel.color_mode(chosen.BigValueColorMode.BACKGROUND)


def _stat(title: str, told: str, query: Query, width: int, *, instant: bool = False) -> stat.Panel:
    panel = stat.Panel().title(title).description(told).height(4).span(width).reduce_options(look.last())
    panel = panel.color_mode(chosen.BigValueColorMode.VALUE).justify_mode(chosen.BigValueJustifyMode.AUTO)
    panel = panel.orientation(chosen.VizOrientation.AUTO).no_value("–")
    return panel.with_target(target(query, instant=instant))


def graph(
    title: str,
    told: str,
    *queries: Query,
    unit: str = "short",
    stacked: bool = False,
    limits: look.Steps = look.NEVER,
    most: float | None = None,
    width: int = 8,
) -> timeseries.Panel:
    """Lines over time from 0 on, one on top of the other when they add up to something; `limits` are dashed lines."""
    panel = timeseries.Panel().title(title).description(told).height(8).span(width).unit(unit).min(0)
    panel = panel.legend(look.legend(figures=width >= 8)).tooltip(look.tooltip()).line_width(1)
    panel = panel.show_points(chosen.VisibilityMode.NEVER).fill_opacity(35 if stacked else 8)
    panel = panel.color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.PALETTE_CLASSIC))
    if stacked:
        panel = panel.stacking(common.StackingConfig().mode(chosen.StackingMode.NORMAL).group("A"))
    if limits:
        style = common.GraphThresholdsStyleConfig().mode(chosen.GraphTresholdsStyleMode.DASHED)
        panel = panel.thresholds(look.thresholds(limits, below="transparent")).thresholds_style(style)
    if most is not None:
        panel = panel.max(most)
    return panel.targets([target(query, letter) for query, letter in zip(queries, LETTERS, strict=False)])


def history(
    title: str,
    told: str,
    *queries: Query,
    meanings: Mapping[str, tuple[str, str]],
    width: int = 12,
    height: int = 8,
) -> statetimeline.Panel:
    """What state each series was in when. meanings: value -> (word, colour)."""
    panel = statetimeline.Panel().title(title).description(told).height(height).span(width)
    panel = panel.mappings(look.words(meanings)).show_value(chosen.VisibilityMode.AUTO).row_height(0.8)
    panel = panel.merge_values(True).line_width(0).fill_opacity(75).legend(look.legend(figures=False))
    panel = panel.tooltip(look.tooltip())
    return panel.targets([target(query, letter) for query, letter in zip(queries, LETTERS, strict=False)])


def target(query: Query, letter: str = "A", *, instant: bool = False, as_table: bool = False) -> prometheus.Dataquery:
    """A query with the dashboard's data source; `$interval` is the least step."""
    asked = prometheus.Dataquery().expr(query.expr).legend_format(query.legend).ref_id(letter)
    asked = asked.datasource(look.SOURCE).interval("$interval")
    asked = asked.instant() if instant else asked.range()
    return asked.format(PromQueryFormat.TABLE if as_table else PromQueryFormat.TIME_SERIES)


def spread(panels: Sequence[stat.Panel]) -> tuple[stat.Panel, ...]:
    """Figures side by side over the whole width, which they have to divide."""
    width, rest = divmod(24, len(panels))
    if rest:
        raise ValueError(f"{len(panels)} figures do not divide 24 columns")
    return tuple(panel.span(width) for panel in panels)
