"""What is asked for and not done: said, and never in silence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.unit.operator.resolving import resolved

from modelserver_operator.api import Reason
from modelserver_operator.api.crd import modelservers
from modelserver_operator.resolve import ASSUMED, HTTP_ROUTE, SERVICE_MONITOR, Facts, effective
from modelserver_operator.resolve.unserved import LATER

NOTHING = Facts(kinds=frozenset(), kubernetes=None)
VECTORS = {"persistentVolumeClaim": {"claimName": "steering"}}
ROUTE = {"expose": {"httpRoute": {"parentRefs": [{"name": "gateway"}], "hostnames": ["a.example.com"]}}}
HOSTS = {"allowed": {"hosts": ["*"]}}


def told(spec: dict[str, Any], facts: Facts = ASSUMED) -> list[tuple[Reason, str]]:
    """(reason, field) of each shortcoming."""
    return [(each.reason, each.field) for each in resolved(spec, HOSTS, facts).shortcomings]


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"monitoring": {"alerts": "Enabled"}}, "spec.monitoring.alerts"),
        ({"monitoring": {"slo": {"maxErrorRate": "0.5%"}}}, "spec.monitoring.slo"),
    ],
)
def test_what_a_later_release_does(spec: dict[str, Any], field: str) -> None:
    (shortcoming,) = resolved(spec).shortcomings
    assert (shortcoming.reason, shortcoming.field) == (Reason.NOT_SERVED, field)
    assert shortcoming.message.startswith(f"This release does not do yet what {field} asks for: ")


def test_kubectl_explain_says_what_a_later_release_does() -> None:
    """It is what whoever writes a ModelServer reads first."""
    schema = modelservers()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    said = {path: text.partition(" Not done yet: ")[2] for path, text in descriptions(schema, "spec")}
    later = {asked.field: f"{asked.instead}." for asked in LATER}
    assert {path: said[path] for path in later} == later
    assert {path for path, text in said.items() if text} == later.keys()


def descriptions(schema: dict[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    """(path, description) of each field that lies in no list."""
    for name, field in schema.get("properties", {}).items():
        yield f"{prefix}.{name}", field.get("description", "")
        yield from descriptions(field, f"{prefix}.{name}")


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"generation": {"maxTokens": 100, "temperature": 0}},
        {"auth": {"apiKeysSecretRef": {"name": "keys"}}, "cors": {"allowedOrigins": ["*"]}},
        {"admission": {"refuseEarlyAbovePercent": 80}},
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
        (Reason.NOT_SERVED, "spec.monitoring.alerts"),
        (Reason.NOT_SERVED, "spec.monitoring.slo"),
    ]


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


@pytest.mark.parametrize(
    ("asked", "kinds", "made", "reason", "falls_short"),
    [
        (None, {SERVICE_MONITOR}, True, "Auto: the cluster has kind ServiceMonitor", False),
        ("Auto", {SERVICE_MONITOR}, True, "Auto: the cluster has kind ServiceMonitor", False),
        ("Auto", set(), False, "the cluster has no kind ServiceMonitor", False),
        ("Enabled", {SERVICE_MONITOR}, True, "spec.monitoring.serviceMonitor", False),
        ("Enabled", set(), False, "the cluster has no kind ServiceMonitor", True),
        ("Disabled", {SERVICE_MONITOR}, False, "spec.monitoring.serviceMonitor", False),
        ("Disabled", set(), False, "spec.monitoring.serviceMonitor", False),
    ],
)
def test_service_monitor(*, asked: str | None, kinds: set[str], made: bool, reason: str, falls_short: bool) -> None:
    spec = {"monitoring": {"serviceMonitor": asked}} if asked else {}
    facts = Facts(kinds=frozenset(kinds), kubernetes=None)
    server = resolved(spec, facts=facts)
    assert (server.service_monitor.value, server.service_monitor.reason) == (made, reason)
    told_as = dict(effective(server))["monitoring.serviceMonitor"]
    assert (told_as.value, told_as.reason) == ("Enabled" if made else "Disabled", reason)
    short = [(Reason.KIND_NOT_SERVED, "spec.monitoring.serviceMonitor")] if falls_short else []
    assert told(spec, facts) == short
