"""Every alert fires when it should and is silent in the nearest harmless case, by Prometheus' own rule engine."""

import json
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.chart.chart import Helm
from tests.monitoring.promtool.cases import alert_of, cases, write
from tests.unit.operator.made import resolved
from tools.setup.promtool import promtool

from modelserver_operator.desired import Owner
from modelserver_operator.desired.prometheus_rule import prometheus_rule
from modelserver_operator.resolve import Facts, Resolved
from modelserver_operator.resolve.facts import ASSUMED

HERE = Path(__file__).with_name("promtool")
VECTORS = {"persistentVolumeClaim": {"claimName": "steering"}}
EVERYTHING: dict[str, Any] = {
    "emotions": {"vectors": VECTORS},
    "autoscaling": {"maxReplicas": 4},
    "monitoring": {"slo": {"ttftP95Milliseconds": 6000, "e2eP95Milliseconds": 20000, "maxErrorRate": "0.5%"}},
}
LEAST: dict[str, Any] = {"admission": {"maxWaiting": 0}, "monitoring": {"serviceMonitor": "Disabled"}}
# By file of cases, what the ModelServer asks for.
SERVERS = {"server.yaml": EVERYTHING, "server-days.yaml": EVERYTHING, "server-least.yaml": LEAST}
Group = dict[str, Any]


def demo(spec: dict[str, Any], facts: Facts = ASSUMED) -> Resolved:
    """The ModelServer demo in the namespace team."""
    return resolved(name="demo", facts=facts, **spec)


def groups(spec: dict[str, Any]) -> list[Group]:
    """The groups of rules that the operator makes of it."""
    found: list[Group] = prometheus_rule(replace(demo(spec), namespace="team"), Owner("demo", "team"))["spec"]["groups"]
    return found


def alerts(found: Iterable[Group]) -> list[dict[str, Any]]:
    return [rule for group in found for rule in group["rules"]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rules of the operator's builder and of the chart, and their cases, as files of promtool."""
    folder = tmp_path_factory.mktemp("promtool")
    for name, spec in SERVERS.items():
        (folder / f"rules-{name}").write_text(json.dumps({"groups": groups(spec)}))
        write(HERE / name, alerts(groups(spec)), folder)
    return folder


@pytest.fixture(scope="module")
def chart_rules(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chart's alerts about the operator, beside their cases."""
    watched = {"serviceMonitor": {"enabled": True}, "prometheusRule": {"enabled": True}}
    (rule,) = Helm(tmp_path_factory.mktemp("helm")).render({"monitoring": watched}).all("PrometheusRule")
    (folder / "rules.yaml").write_text(json.dumps(rule["spec"]))
    (folder / "test-operator.yaml").write_text((HERE / "operator.yaml").read_text())
    return folder / "rules.yaml"


def check(*words: str | Path) -> None:
    """Runs promtool; fails with what it says."""
    done = subprocess.run([promtool(), *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_accepts_the_rules(folder: Path, chart_rules: Path) -> None:
    check("check", "rules", "--lint=all", "--lint-fatal", chart_rules, *folder.glob("rules-*.yaml"))


def test_each_alert_fires_and_is_silent_when_it_should(folder: Path, chart_rules: Path) -> None:
    assert chart_rules.exists()
    check("test", "rules", *sorted(folder.glob("test-*")))


@pytest.mark.parametrize("files", [("server.yaml", "server-days.yaml")])
def test_each_alert_and_severity_has_a_case_that_fires_and_each_alert_one_that_is_silent(
    files: tuple[str, ...],
) -> None:
    made = {(rule["alert"], rule["labels"]["severity"]) for rule in alerts(groups(EVERYTHING))}
    found = [case for name in files for case in cases(HERE / name)]
    fired = {
        (alert_of(case)[0], severity)
        for case in found
        if "fires" in case
        for severities in case["at"].values()
        for severity in severities
    }
    assert fired == made
    assert {case["silent"] for case in found if "silent" in case} == {alert for alert, _ in made}


def test_each_alert_of_the_chart_has_a_case_that_fires_and_one_that_is_silent(chart_rules: Path) -> None:
    names = {rule["alert"] for rule in alerts(json.loads(chart_rules.read_text())["groups"])}
    told = {
        tuple(case["name"].split(" ")[:2]) for case in yaml.safe_load((HERE / "operator.yaml").read_text())["tests"]
    }
    assert told == {(name, how) for name in names for how in ("fires", "is")}
