"""The red lines of dashboards, beside the numbers of the alerts that they stand for."""

import json
import re

import pytest
from charts.dashboards import operator
from charts.dashboards.filled import panels
from tests.unit.monitoring.full import of_chart


@pytest.mark.parametrize(
    ("panel", "alert"),
    [
        ("First one waits", "ModelServerOperatorQueueOld"),
        ("Last look at all", "ModelServerOperatorStuck"),
        ("Errors of the API server", "ModelServerOperatorApiErrors"),
    ],
)
def test_a_red_line_of_the_operators_is_where_its_alert_waits_by_default(panel: str, alert: str) -> None:
    assert limits(panel) == {threshold(alert)}


def limits(title: str) -> set[float]:
    """Where panels of that title turn red; each does."""
    found = [panel for panel in panels(json.loads(operator.dashboard())) if panel["title"] == title]
    steps = [panel["fieldConfig"]["defaults"]["thresholds"]["steps"][-1] for panel in found]
    assert {step["color"] for step in steps} == {"red"}
    return {step["value"] for step in steps}


def threshold(alert: str) -> float:
    """The number that an alert's expression ends with, for the chart's default values."""
    rules = [rule for group in of_chart()["spec"]["groups"] for rule in group["rules"]]
    (expr,) = (rule["expr"] for rule in rules if rule["alert"] == alert)
    (number,) = re.findall(r"> ([\d.]+)$", expr.strip())
    return float(number)
