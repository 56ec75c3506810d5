"""Every question of ours, with the rules of a ModelServer that has everything that rules are made for."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import yaml
from tests.monitoring import sources
from tests.monitoring.sources import ROOT, Question
from tests.unit.operator.made import OWNER, resolved

from modelserver_operator.desired import desired
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


@cache
def questions() -> tuple[Question, ...]:
    """In a fixed order."""
    return (*_of_server(), *sources.rules(_of_chart()), *sources.dashboards(), sources.adapter(), *sources.pages())


def _of_server() -> Iterator[Question]:
    metrics = Metrics(MetricsApi.FOREIGN, load_url="", prometheus_url="http://prometheus:9090")
    facts = Facts(kinds=ASSUMED.kinds, kubernetes=None, metrics=metrics)
    made = {each["kind"]: each for each in desired(resolved(facts=facts, name="demo", **SPEC), OWNER)}
    yield from sources.rules(made["PrometheusRule"])
    yield sources.scaled_object(made["ScaledObject"])


def _of_chart() -> dict[str, Any]:
    """The chart's rules as its template would have them, which tests/chart render with Helm."""
    stands = {"{OPERATOR": '{namespace="platform", job="modelserver-metrics"', "NAMESPACE": "platform", "LATE": "900"}
    text = (ROOT / "charts" / "modelserver" / "files" / "alerts.yaml").read_text()
    for placeholder, value in stands.items():
        text = text.replace(placeholder, value)
    return {"spec": yaml.safe_load(text)}
