"""The alerts about the operator, by Prometheus' own checker and its own rule engine."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry
from tests.chart.chart import ROOT, Helm, HelmError
from tools.setup.promtool import promtool

from modelserver_operator.metrics import Metrics, State

CASES = Path(__file__).with_name("alerts.yaml")
NAMES = [case["name"] for case in yaml.safe_load(CASES.read_text())["tests"]]
WATCHED: dict[str, Any] = {"serviceMonitor": {"enabled": True}, "prometheusRule": {"enabled": True}}


@pytest.fixture
def rules(helm: Helm, tmp_path: Path) -> Path:
    """The rules of a release as a file of Prometheus, and the cases beside it."""
    (rule,) = helm.render({"monitoring": WATCHED}).all("PrometheusRule")
    file = tmp_path / "rules.yaml"
    file.write_text(json.dumps(rule["spec"]))
    shutil.copyfile(CASES, tmp_path / CASES.name)
    return file


def alerts(rules: Path) -> list[dict[str, Any]]:
    """The rules that the file holds."""
    return [rule for group in yaml.safe_load(rules.read_text())["groups"] for rule in group["rules"]]


def check(*words: str | Path) -> None:
    """Runs promtool; fails with what it says."""
    done = subprocess.run([promtool(), *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_accepts_the_rules(rules: Path) -> None:
    check("check", "rules", "--lint=all", "--lint-fatal", rules)


def test_each_alert_fires_and_stays_silent_when_it_should(rules: Path) -> None:
    check("test", "rules", rules.with_name(CASES.name))


def test_each_alert_has_a_case_that_fires_and_one_that_is_silent(rules: Path) -> None:
    names = {rule["alert"] for rule in alerts(rules)}
    told = [re.match(r"(\w+) (fires|is silent) ", name) for name in NAMES]
    assert {match.groups() for match in told if match} == {
        (name, how) for name in names for how in ("fires", "is silent")
    }


def test_each_alert_is_about_metrics_that_the_operator_has_and_about_this_release_alone(rules: Path) -> None:
    registry = CollectorRegistry()
    Metrics(registry)
    registry.register(State(float, float, float, bool, float, float))  # every value is 0
    there = {name for family in registry.collect() for name in (family.name, f"{family.name}_total")} | {"up"}
    for rule in alerts(rules):
        found = re.findall(r"(\w+)\{(namespace=\"platform\", job=\"modelserver-metrics\")?", rule["expr"])
        assert found
        assert {name for name, of_this_release in found if not of_this_release} == set()
        assert {name for name, _ in found} <= there


def test_each_alert_says_how_bad_it_is_and_what_happens(rules: Path) -> None:
    for rule in alerts(rules):
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["labels"]["namespace"] == "platform"
        assert set(rule["annotations"]) == {"summary", "description"}


def test_what_stands_for_the_release_is_put_in(helm: Helm, rules: Path) -> None:
    assert not re.search(r"OPERATOR|NAMESPACE|LATE", rules.read_text())
    often = {"monitoring": WATCHED, "operator": {"resyncSeconds": 10}}
    assert "> 300" in helm.render(often).all("PrometheusRule")[0]["spec"]["groups"][0]["rules"][2]["expr"]


def test_each_alert_has_its_place_in_the_docs(rules: Path) -> None:
    text = (ROOT / "docs" / "operating.md").read_text()
    headings = set(re.findall(r"^### (\w+)$", text, flags=re.MULTILINE))
    assert {name for name in headings if name.startswith("ModelServerOperator")} == {
        rule["alert"] for rule in alerts(rules)
    }


def test_rules_without_the_monitor_whose_job_they_look_for_are_refused(helm: Helm) -> None:
    with pytest.raises(HelmError, match=r"monitoring\.prometheusRule\.enabled: needs monitoring\.serviceMonitor"):
        helm.text({"monitoring": {"prometheusRule": {"enabled": True}}})
