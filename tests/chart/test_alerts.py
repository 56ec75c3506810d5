"""The alerts about the operator as the chart makes them; tests/monitoring/test_rules.py shows when they fire."""

import re
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from tests.chart.chart import ROOT, Helm, HelmError

from modelserver_operator.metrics import Metrics, State

WATCHED: dict[str, Any] = {"serviceMonitor": {"enabled": True}, "prometheusRule": {"enabled": True}}
Rules = list[dict[str, Any]]


@pytest.fixture
def rules(helm: Helm) -> Rules:
    """The rules of a release."""
    return rendered(helm, {"monitoring": WATCHED})


def rendered(helm: Helm, values: dict[str, Any]) -> Rules:
    (rule,) = helm.render(values).all("PrometheusRule")
    return [each for group in rule["spec"]["groups"] for each in group["rules"]]


def test_each_alert_is_about_metrics_that_the_operator_has_and_about_this_release_alone(rules: Rules) -> None:
    registry = CollectorRegistry()
    Metrics(registry)
    registry.register(State(float, float, float, bool, float, float))  # every value is 0
    there = {name for family in registry.collect() for name in (family.name, f"{family.name}_total")} | {"up"}
    for rule in rules:
        found = re.findall(r"(\w+)\{(namespace=\"platform\", job=\"modelserver-metrics\")?", rule["expr"])
        assert found
        assert {name for name, of_this_release in found if not of_this_release} == set()
        assert {name for name, _ in found} <= there


def test_each_alert_says_how_bad_it_is_and_what_happens(rules: Rules) -> None:
    for rule in rules:
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["labels"]["namespace"] == "platform"
        assert set(rule["annotations"]) == {"summary", "description", "runbook"}


def test_what_stands_for_the_release_is_put_in(helm: Helm, rules: Rules) -> None:
    assert not re.search(r"OPERATOR|NAMESPACE|LATE", str(rules))
    often = {"monitoring": WATCHED, "operator": {"resyncSeconds": 10}}
    assert "> 300" in rendered(helm, often)[2]["expr"]


def test_each_alert_has_its_place_in_the_docs(rules: Rules) -> None:
    text = (ROOT / "docs" / "operating.md").read_text()
    headings = set(re.findall(r"^### (\w+)$", text, flags=re.MULTILINE))
    assert {name for name in headings if name.startswith("ModelServerOperator")} == {rule["alert"] for rule in rules}
    told = {rule["annotations"]["runbook"] for rule in rules}
    assert told == {f"docs/operating.md#{rule['alert'].lower()}" for rule in rules}


def test_each_alert_leads_to_a_page_of_the_installations_own(helm: Helm) -> None:
    own = rendered(helm, {"monitoring": {**WATCHED, "runbookUrl": "https://wiki.example.com/alerts"}})
    for rule in own:
        assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}
        assert rule["annotations"]["runbook_url"] == f"https://wiki.example.com/alerts#{rule['alert'].lower()}"


def test_rules_without_the_monitor_whose_job_they_look_for_are_refused(helm: Helm) -> None:
    with pytest.raises(HelmError, match=r"monitoring\.prometheusRule\.enabled: needs monitoring\.serviceMonitor"):
        helm.text({"monitoring": {"prometheusRule": {"enabled": True}}})
