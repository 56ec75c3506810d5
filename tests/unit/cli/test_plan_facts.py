"""What `plan` reads from a server's children is what the operator has put into them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.operator.made import OWNER, resolved

from modelserver_operator.cli.plan.facts import in_words
from modelserver_operator.desired import desired
from modelserver_operator.desired.manifest import Manifest
from modelserver_operator.desired.network_policy import caretakers
from modelserver_operator.desired.scaled_object import asked_of
from modelserver_operator.resolve import ASSUMED, Facts, Metrics, MetricsApi

SCALED = {"minReplicas": 1, "maxReplicas": 3, "metricsSource": "KEDA"}


def child(kind: str, facts: Facts) -> Manifest:
    """The child as an installation with these facts makes it."""
    found = desired(resolved(facts=facts, autoscaling=SCALED), OWNER)
    return next(each for each in found if each["kind"] == kind)


@pytest.mark.parametrize("operator", ["", "platform"])
@pytest.mark.parametrize("monitoring", [(), ("monitoring", "grafana")])
def test_the_namespaces_of_a_network_policy(operator: str, monitoring: tuple[str, ...]) -> None:
    facts = replace(ASSUMED, operator_namespace=operator, monitoring_namespaces=monitoring)
    assert caretakers(child("NetworkPolicy", facts)) == (operator, monitoring)


@pytest.mark.parametrize(
    ("load", "prometheus"), [("http://load.platform.svc:8080", ""), ("", "http://prometheus:9090")]
)
def test_where_keda_asks(load: str, prometheus: str) -> None:
    metrics = Metrics(MetricsApi.OURS, load_url=load, prometheus_url=prometheus)
    assert asked_of(child("ScaledObject", replace(ASSUMED, metrics=metrics))) == (load, prometheus)


def test_facts_in_words() -> None:
    foreign = Metrics(MetricsApi.FOREIGN, holder="monitoring/adapter")
    facts = Facts(kinds=frozenset({"HTTPRoute"}), kubernetes=(1, 36), operator_namespace="platform", metrics=foreign)
    assert in_words(facts) == (
        "Kubernetes 1.36; optional kinds: HTTPRoute; custom.metrics.k8s.io is served by monitoring/adapter; "
        "namespace of the operator: platform"
    )
