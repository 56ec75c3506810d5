"""What every panel looks like: colours, thresholds, legends. Grafana's own names of colours, which suit both themes."""

from collections.abc import Mapping

from grafana_foundation_sdk.builders import common, dashboard
from grafana_foundation_sdk.models import common as chosen
from grafana_foundation_sdk.models import dashboard as models

GOOD, NOTICE, BAD, CALM, IDLE = "green", "orange", "red", "blue", "text"

TOKENS = "si:tok/s"  # so many a second, with Grafana's own k and M before it

SOURCE = models.DataSourceRef(type_val="prometheus", uid="${datasource}")

# The colour of a figure from each number on; below the first it is GOOD.
Steps = Mapping[float, str]
NEVER: Steps = {}
ANY: Steps = {1e-9: BAD}  # what should be nothing
SOME: Steps = {1e-9: NOTICE}  # what may be now and then
TRUE: Steps = {-1.0: BAD, 1.0: GOOD}


def thresholds(steps: Steps, below: str = GOOD) -> dashboard.ThresholdsConfig:
    """Absolute ones."""
    first = models.Threshold(color=below)
    rest = [models.Threshold(value=value, color=colour) for value, colour in steps.items()]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps([first, *rest])


def words(meanings: Mapping[str, tuple[str, str]]) -> list[models.ValueMapping]:
    """Values as words: value -> (word, colour)."""
    results = {
        value: models.ValueMappingResult(text=word, color=colour, index=index)
        for index, (value, (word, colour)) in enumerate(meanings.items())
    }
    return [models.ValueMap(options=results)]


def legend(*, figures: bool) -> common.VizLegendOptions:
    """Below the graph: names alone, or a table with the last value and the largest."""
    shown = common.VizLegendOptions().show_legend(True).placement(chosen.LegendPlacement.BOTTOM)
    if not figures:
        return shown.display_mode(chosen.LegendDisplayMode.LIST).calcs([])
    return shown.display_mode(chosen.LegendDisplayMode.TABLE).calcs(["lastNotNull", "max"])


def tooltip() -> common.VizTooltipOptions:
    """All series at the moment under the pointer, the largest first."""
    return common.VizTooltipOptions().mode(chosen.TooltipDisplayMode.MULTI).sort(chosen.SortOrder.DESCENDING)


def last() -> common.ReduceDataOptions:
    """A figure is the last value."""
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields("")
