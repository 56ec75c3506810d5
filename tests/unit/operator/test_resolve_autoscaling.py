"""The load that scales: how much one pod should have, and who tells it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.crd_cases import server, server_class
from tests.unit.operator.resolving import resolved

from modelserver_operator.api import ModelServer, ModelServerClass
from modelserver_operator.resolve import (
    ASSUMED,
    SCALED_OBJECT,
    Facts,
    Metrics,
    MetricsApi,
    Resolved,
    ResolvedAutoscaling,
    effective,
    resolve,
)

SCALED: dict[str, Any] = {"autoscaling": {"minReplicas": 2, "maxReplicas": 9}}
URL = "http://load.platform.svc:8080"


def autoscaling(spec: dict[str, Any], facts: Facts = ASSUMED, former: str = "") -> ResolvedAutoscaling:
    """What comes of a spec whose load was told by `former` until now."""
    asked = ModelServer.parse(server(className="small", **spec), strict=True)
    found = resolve(asked, ModelServerClass.parse(server_class(), strict=True), facts, former_source=former)
    assert isinstance(found, Resolved), found
    assert found.autoscaling is not None
    return found.autoscaling


def facts(api: MetricsApi, *, keda: bool = False, load_url: str = "", prometheus_url: str = "") -> Facts:
    kinds = frozenset({SCALED_OBJECT} if keda else ())
    metrics = Metrics(api, load_url=load_url, prometheus_url=prometheus_url)
    return Facts(kinds=kinds, kubernetes=None, metrics=metrics)


def test_without_a_scaler_spec_replicas_is_the_number() -> None:
    found = resolved({"replicas": 7})
    assert found.autoscaling is None
    assert (found.least_replicas, found.replicas.reason) == (7, "spec.replicas")


def test_a_scaler_begins_with_the_least() -> None:
    found = resolved({"replicas": 7, **SCALED})
    assert (found.least_replicas, found.replicas.value) == (2, 7)


@pytest.mark.parametrize(
    ("spec", "target"),
    [
        ({"admission": {"maxRunning": 1}}, 1),
        ({"admission": {"maxRunning": 2}}, 2),
        ({"admission": {"maxRunning": 3}}, 3),
        ({"admission": {"maxRunning": 5}}, 4),
        ({"admission": {"maxRunning": 8}}, 6),
        ({"engine": {"maxSequences": 100}}, 75),
    ],
)
def test_a_pod_should_have_three_quarters_of_what_it_runs_at_once(spec: dict[str, Any], target: int) -> None:
    found = autoscaling(spec | SCALED).target
    assert found.value == target
    assert found.reason.startswith("three quarters of admission.maxRunning, which is ")


def test_the_target_that_is_asked_for() -> None:
    found = autoscaling({"autoscaling": {"maxReplicas": 3, "targetUnfinishedRequests": 24}}).target
    assert (found.value, found.reason) == (24, "spec.autoscaling.targetUnfinishedRequests")


OURS, FOREIGN, ABSENT = facts(MetricsApi.OURS), facts(MetricsApi.FOREIGN), facts(MetricsApi.ABSENT)
KEDA = facts(MetricsApi.ABSENT, keda=True, load_url=URL)
PROMETHEUS = facts(MetricsApi.FOREIGN, keda=True, prometheus_url=URL)
MUTE_KEDA = facts(MetricsApi.ABSENT, keda=True)
MUTE = facts(MetricsApi.OURS, keda=True)
ALL = facts(MetricsApi.OURS, keda=True, load_url=URL)


@pytest.mark.parametrize(
    ("known", "former", "source"),
    [
        (OURS, "", "BuiltIn"),
        (ALL, "", "BuiltIn"),
        (KEDA, "", "KEDA"),
        (PROMETHEUS, "", "KEDA"),
        (MUTE_KEDA, "", "PrometheusAdapter"),
        (FOREIGN, "", "PrometheusAdapter"),
        (ABSENT, "", "PrometheusAdapter"),
        # What was chosen stays while it is possible.
        (ALL, "KEDA", "KEDA"),
        (PROMETHEUS, "PrometheusAdapter", "PrometheusAdapter"),
        # And no longer.
        (MUTE, "KEDA", "BuiltIn"),
        (OURS, "KEDA", "BuiltIn"),
        (KEDA, "BuiltIn", "KEDA"),
        (ABSENT, "BuiltIn", "PrometheusAdapter"),
        (ALL, "PrometheusAdapter", "BuiltIn"),
    ],
)
def test_auto_takes_what_there_is_and_stays_with_it(known: Facts, former: str, source: str) -> None:
    assert autoscaling(SCALED, known, former).source.value == source


@pytest.mark.parametrize(
    ("known", "former", "reason"),
    [
        (OURS, "BuiltIn", "this operator serves custom.metrics.k8s.io"),
        (KEDA, "KEDA", "the cluster has kind ScaledObject"),
        (ALL, "KEDA", "as it was chosen before, and still there"),
        (FOREIGN, "PrometheusAdapter", "somebody else serves custom.metrics.k8s.io, and there is no KEDA"),
        (ABSENT, "PrometheusAdapter", "nothing tells scalers the load yet, and whatever comes to do so is read"),
    ],
)
def test_what_was_chosen_keeps_its_reason_while_that_holds(known: Facts, former: str, reason: str) -> None:
    assert autoscaling(SCALED, known, former).source.reason == f"Auto: {reason}"
    again = "" if known is ALL else former
    assert autoscaling(SCALED, known, again).source.reason == autoscaling(SCALED, known, "").source.reason


@pytest.mark.parametrize("source", ["BuiltIn", "KEDA", "PrometheusAdapter"])
@pytest.mark.parametrize("former", ["", "BuiltIn", "KEDA"])
def test_what_is_asked_for_is_taken_whatever_there_is(source: str, former: str) -> None:
    found = autoscaling({"autoscaling": {"maxReplicas": 2, "metricsSource": source}}, ABSENT, former).source
    assert (found.value, found.reason) == (source, "spec.autoscaling.metricsSource")


def test_what_is_in_force_is_told() -> None:
    told = {name: value.value for name, value in effective(resolved(SCALED))}
    assert {name: value for name, value in told.items() if name.startswith("autoscaling.")} == {
        "autoscaling.minReplicas": 2,
        "autoscaling.maxReplicas": 9,
        "autoscaling.target": 48,
        "autoscaling.scaleDownWindowSeconds": 300,
        "autoscaling.source": "BuiltIn",
    }
    assert "replicas" not in told
