"""What holds for every query of the dashboards before anybody asks them: whose series they select, and how."""

import json
import re
from typing import Any

import pytest
from charts.dashboards.every import DASHBOARDS
from charts.dashboards.filled import panels, questions
from tests.monitoring.names import Need, needs

Json = dict[str, Any]

# As Grafana fills them in; what they are chosen from is asked of a real Prometheus elsewhere.
VALUES = {
    "namespace": "a",
    "modelserver": "b",
    "installation": "c",
    "interval": "30s",
    "__rate_interval": "2m",
    "__range": "1h",
}
SELECTED_BY = {"fleet": {"namespace", "modelserver"}, "server": {"namespace", "modelserver"}, "operator": {"namespace"}}
# What the operator tells of its ModelServers has their namespaces; the pod that tells it is the operator's.
OF_THE_OPERATOR_S_PODS = "modelserver_condition"
CUMULATIVE = re.compile(r"(\w+_(?:total|bucket|sum|count))\{[^}]*\}(\[)?")


def made(name: str) -> Json:
    found: Json = json.loads(DASHBOARDS[name]())
    return found


def every_need(name: str) -> list[Need]:
    return [need for question in questions(made(name), VALUES) for need in needs(question.expr)]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_every_selector_selects_what_is_chosen_on_top(name: str) -> None:
    others = [
        str(need)
        for need in every_need(name)
        if not SELECTED_BY[name] <= {matcher.label for matcher in need.matchers if matcher.selects}
        and not (name == "operator" and need.metric == OF_THE_OPERATOR_S_PODS and "pod" in need.labels)
    ]
    assert others == []


@pytest.mark.parametrize("name", DASHBOARDS)
def test_what_only_grows_is_shown_as_a_rate_over_grafana_s_own_window(name: str) -> None:
    found = [each for question in questions(made(name), VALUES) for each in CUMULATIVE.findall(question.expr)]
    assert found
    assert [counter for counter, window in found if not window] == []
    windows = {window for panel in panels(made(name)) for each in panel["targets"] for window in _windows(each["expr"])}
    assert windows <= {"$__rate_interval", "$__range", "10m"}


def _windows(expr: str) -> list[str]:
    return re.findall(r"\[([^\]]+)\]", expr)


@pytest.mark.parametrize("name", DASHBOARDS)
def test_every_panel_says_what_it_shows_and_in_which_unit(name: str) -> None:
    for panel in panels(made(name)):
        assert 1 <= len(re.findall(r"[.!?](?: |$)", panel["description"])) <= 3, panel["title"]
        if panel["type"] == "timeseries" or (panel["type"] == "stat" and panel["options"]["textMode"] == "value"):
            assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_panels_have_numbers_of_their_own_and_do_not_lie_on_each_other(name: str) -> None:
    dashboard = made(name)
    numbers = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(numbers)) == len(numbers)
    taken = [cell for panel in dashboard["panels"] for cell in _cells(panel["gridPos"])]
    assert len(set(taken)) == len(taken)
    assert max(x for x, _ in taken) == 23


def _cells(grid: dict[str, int]) -> list[tuple[int, int]]:
    across, down = range(grid["x"], grid["x"] + grid["w"]), range(grid["y"], grid["y"] + grid["h"])
    return [(x, y) for x in across for y in down]
