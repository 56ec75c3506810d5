"""What is asked for and not done: said, and never in silence."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.operator.resolving import resolved

from modelserver_operator.api import Reason
from modelserver_operator.resolve import ASSUMED, HTTP_ROUTE, PROMETHEUS_RULE, SERVICE_MONITOR, Facts, effective
from modelserver_runtime import measure

NOTHING = Facts(kinds=frozenset(), kubernetes=None)
VECTORS = {"persistentVolumeClaim": {"claimName": "steering"}}
ROUTE = {"expose": {"httpRoute": {"parentRefs": [{"name": "gateway"}], "hostnames": ["a.example.com"]}}}
HOSTS = {"allowed": {"hosts": ["*"]}}


def told(spec: dict[str, Any], facts: Facts = ASSUMED) -> list[tuple[Reason, str]]:
    """(reason, field) of each shortcoming."""
    return [(each.reason, each.field) for each in resolved(spec, HOSTS, facts).shortcomings]


@pytest.mark.parametrize(
    ("name", "bounds"), [("ttftP95Milliseconds", measure.FIRST_TOKEN), ("e2eP95Milliseconds", measure.WHOLE)]
)
def test_a_time_that_the_runtime_does_not_tell_apart(name: str, bounds: tuple[float, ...]) -> None:
    most = int(bounds[-1] * 1000)
    assert told({"monitoring": {"slo": {name: most}}}) == []
    (shortcoming,) = resolved({"monitoring": {"slo": {name: most + 1}}}).shortcomings
    assert (shortcoming.reason, shortcoming.field) == (Reason.NOT_SERVED, f"spec.monitoring.slo.{name}")
    assert f"Set it to {most} or less" in shortcoming.message


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"generation": {"maxTokens": 100, "temperature": 0}},
        {"auth": {"apiKeysSecretRef": {"name": "keys"}}, "cors": {"allowedOrigins": ["*"]}},
        {"admission": {"refuseEarlyAbovePercent": 80}},
        {"monitoring": {"alerts": "Enabled", "slo": {"maxErrorRate": "0.5%"}}},
        {"monitoring": {"alerts": "Auto", "slo": {}}},
        {"monitoring": {"alerts": "Disabled"}},
        {"emotions": {"vectors": VECTORS, "perRequest": "Enabled", "maxActiveMixes": 64}},
        {"autoscaling": {"maxReplicas": 4}},
        {"paused": True},
    ],
)
def test_what_asks_for_nothing_falls_short_of_nothing(spec: dict[str, Any]) -> None:
    assert resolved(spec).shortcomings == ()


def test_all_of_them_are_told() -> None:
    monitoring = {"alerts": "Enabled", "slo": {"maxErrorRate": "0.5%"}}
    spec = ROUTE | {"monitoring": monitoring}
    assert told(spec, NOTHING) == [
        (Reason.KIND_NOT_SERVED, "spec.expose.httpRoute"),
        (Reason.KIND_NOT_SERVED, "spec.monitoring.alerts"),
        (Reason.KIND_NOT_SERVED, "spec.monitoring.slo"),
    ]
    without = monitoring | {"alerts": "Auto"}
    assert told({"monitoring": without}, NOTHING) == []  # a manifest for clusters with the kind and without


def test_a_route_without_the_gateway_api() -> None:
    assert told(ROUTE) == []
    assert resolved(ROUTE, HOSTS).expose is not None
    assert told(ROUTE, NOTHING) == [(Reason.KIND_NOT_SERVED, "spec.expose.httpRoute")]
    assert resolved(ROUTE, HOSTS, NOTHING).expose is None
    assert told(ROUTE, Facts(kinds=frozenset({HTTP_ROUTE}), kubernetes=None)) == []


def test_an_ingress_needs_no_optional_kind() -> None:
    ingress = {"expose": {"ingress": {"host": "a.example.com"}}}
    assert told(ingress, NOTHING) == []
    assert resolved(ingress, HOSTS, NOTHING).expose is not None


@pytest.mark.parametrize(("field", "kind"), [("serviceMonitor", SERVICE_MONITOR), ("alerts", PROMETHEUS_RULE)])
@pytest.mark.parametrize(
    ("asked", "served", "made", "reason", "falls_short"),
    [
        (None, True, True, "Auto: the cluster has kind {kind}", False),
        ("Auto", True, True, "Auto: the cluster has kind {kind}", False),
        ("Auto", False, False, "the cluster has no kind {kind}", False),
        ("Enabled", True, True, "spec.monitoring.{field}", False),
        ("Enabled", False, False, "the cluster has no kind {kind}", True),
        ("Disabled", True, False, "spec.monitoring.{field}", False),
        ("Disabled", False, False, "spec.monitoring.{field}", False),
    ],
)
def test_what_prometheus_operator_reads(
    *, field: str, kind: str, asked: str | None, served: bool, made: bool, reason: str, falls_short: bool
) -> None:
    spec = {"monitoring": {field: asked}} if asked else {}
    facts = Facts(kinds=frozenset({kind} if served else ()), kubernetes=None)
    told_as = dict(effective(resolved(spec, facts=facts)))[f"monitoring.{field}"]
    because = reason.format(kind=kind, field=field)
    assert (told_as.value, told_as.reason) == ("Enabled" if made else "Disabled", because)
    short = [(Reason.KIND_NOT_SERVED, f"spec.monitoring.{field}")] if falls_short else []
    assert told(spec, facts) == short


def test_without_pods_there_is_nothing_to_tell_of() -> None:
    assert not resolved({"replicas": 0}).alerts.value
    assert resolved({"replicas": 0, "autoscaling": {"maxReplicas": 2}}).alerts.value
