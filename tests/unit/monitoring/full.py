"""Every question of ours, with the rules of a ModelServer that has everything that rules are made for."""

from functools import cache
from typing import Any

import yaml
from tests.monitoring import sources
from tests.monitoring.sources import ROOT, Question
from tests.unit.operator.made import OWNER, resolved

from modelserver_operator.desired import Manifest, desired
from modelserver_operator.resolve import ASSUMED, Facts, Metrics, MetricsApi

SPEC: dict[str, Any] = {
    "emotions": {
        "vectors": {"persistentVolumeClaim": {"claimName": "steering"}},
        "variants": [{"name": "demo-cheerful", "mix": [{"vector": "happiness", "scale": 0.7}]}],
    },
    "autoscaling": {"maxReplicas": 3, "metricsSource": "KEDA"},
    "monitoring": {
        "alerts": "Enabled",
        "serviceMonitor": "Enabled",
        "slo": {"ttftP95Milliseconds": 6000, "e2eP95Milliseconds": 18_000, "maxErrorRate": "0.5%"},
    },
}
# As the chart's ServiceMonitor labels what its pods tell.
OF_OPERATOR = {"namespace": "platform", "job": "modelserver-metrics", "service": "modelserver-metrics", "pod": "a"}


@cache
def questions() -> tuple[Question, ...]:
    """In a fixed order."""
    rules = (*sources.rules(of_server()), *sources.rules(of_chart()))
    scalers = (scaled_object("default", "demo"), sources.adapter())
    return (*rules, *scalers, *sources.dashboards(), *sources.pages())


def scaled_object(namespace: str, name: str) -> Question:
    """What KEDA would ask Prometheus about a server."""
    found = sources.scaled_object(_made()["ScaledObject"])
    expr = found.expr.replace('"default"', f'"{namespace}"').replace('"demo"', f'"{name}"')
    return Question(found.where, expr)


def of_server() -> Manifest:
    """The server's rules."""
    return _made()["PrometheusRule"]


def _made() -> dict[str, Manifest]:
    """The children by their kinds."""
    metrics = Metrics(MetricsApi.FOREIGN, load_url="", prometheus_url="http://prometheus:9090")
    facts = Facts(kinds=ASSUMED.kinds, kubernetes=None, metrics=metrics)
    return {each["kind"]: each for each in desired(resolved(facts=facts, name="demo", **SPEC), OWNER)}


def of_chart() -> dict[str, Any]:
    """The chart's rules as its template would have them, which tests/chart render with Helm."""
    chart = ROOT / "charts" / "modelserver"
    late = 3 * yaml.safe_load((chart / "values.yaml").read_text())["operator"]["resyncSeconds"]
    of_release = '{namespace="platform", job="modelserver-metrics"'
    stands = {"{OPERATOR": of_release, "NAMESPACE": "platform", "LATE": f"{late}"}
    text = (chart / "files" / "alerts.yaml").read_text()
    for placeholder, value in stands.items():
        text = text.replace(placeholder, value)
    return {"spec": yaml.safe_load(text)}
