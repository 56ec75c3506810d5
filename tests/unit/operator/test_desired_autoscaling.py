"""The scaler that is made: one at most, and of which kind."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.operator.made import OWNER, resolved

from modelserver_operator.desired import Manifest, desired
from modelserver_operator.resolve import ASSUMED, SCALED_OBJECT, Facts, Metrics, MetricsApi

SCALERS = ("HorizontalPodAutoscaler", SCALED_OBJECT)
PROMETHEUS = Metrics(MetricsApi.FOREIGN, load_url="http://load:8080", prometheus_url="http://prometheus:9090")


def made(source: str, facts: Facts = ASSUMED, **autoscaling: Any) -> list[Manifest]:
    asked = {"maxReplicas": 3, "metricsSource": source} | autoscaling
    manifests = desired(resolved(facts=facts, autoscaling=asked), OWNER)
    return [manifest for manifest in manifests if manifest["kind"] in SCALERS]


def kinds(source: str, facts: Facts = ASSUMED) -> list[str]:
    return [manifest["kind"] for manifest in made(source, facts)]


@pytest.mark.parametrize(
    ("source", "facts", "expected"),
    [
        ("BuiltIn", ASSUMED, ["HorizontalPodAutoscaler"]),
        ("BuiltIn", Facts(kinds=frozenset(), kubernetes=None), ["HorizontalPodAutoscaler"]),
        ("PrometheusAdapter", ASSUMED, ["HorizontalPodAutoscaler"]),
        ("KEDA", ASSUMED, [SCALED_OBJECT]),
        ("KEDA", Facts(kinds=frozenset(), kubernetes=None, metrics=ASSUMED.metrics), []),
        ("KEDA", Facts(kinds=ASSUMED.kinds, kubernetes=None), []),  # KEDA would have nobody to ask
    ],
)
def test_one_scaler_at_most(source: str, facts: Facts, expected: list[str]) -> None:
    assert kinds(source, facts) == expected


def test_none_is_made_unasked() -> None:
    assert not [each for each in desired(resolved(), OWNER) if each["kind"] in SCALERS]


def test_the_built_in_and_the_adapter_need_the_same() -> None:
    assert made("BuiltIn") == made("PrometheusAdapter")


def test_the_target_is_a_share_of_the_sum() -> None:
    (scaler,) = made("BuiltIn", targetUnfinishedRequests=12)
    (metric,) = scaler["spec"]["metrics"]
    assert metric["object"]["target"] == {"type": "AverageValue", "averageValue": "12"}


@pytest.mark.parametrize("source", ["BuiltIn", "KEDA"])
def test_the_window_is_the_scalers(source: str) -> None:
    (scaler,) = made(source, scaleDownWindowSeconds=5)
    spec = scaler["spec"]
    behavior = spec.get("behavior") or spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    assert behavior["scaleDown"]["stabilizationWindowSeconds"] == 5
    assert behavior["scaleUp"]["stabilizationWindowSeconds"] == 0


def test_keda_asks_prometheus_where_there_is_one() -> None:
    """KEDA's default takes a missing series for no load."""
    (scaler,) = made("KEDA", Facts(kinds=ASSUMED.kinds, kubernetes=None, metrics=PROMETHEUS))
    (trigger,) = scaler["spec"]["triggers"]
    assert (trigger["type"], trigger["metricType"]) == ("prometheus", "AverageValue")
    assert trigger["metadata"] == {
        "serverAddress": "http://prometheus:9090",
        "query": 'sum(modelserver_unfinished_requests{namespace="default",modelserver="demo"})',
        "threshold": "48",
        "ignoreNullValues": "false",
    }


def test_whoever_scrapes_knows_whose_the_load_is() -> None:
    """By the label that the query of KEDA and the rule of the adapter select by."""
    (monitor,) = (each for each in desired(resolved(), OWNER) if each["kind"] == "ServiceMonitor")
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint["relabelings"] == [
        {
            "action": "replace",
            "sourceLabels": ["__meta_kubernetes_service_label_app_kubernetes_io_instance"],
            "targetLabel": "modelserver",
        }
    ]
