"""Who reaches a server, from where: network policy, ingress, route, service and its monitor."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.operator.made import OWNER, child, resolved

from modelserver_operator.desired import Manifest, desired
from modelserver_operator.resolve import ASSUMED, Facts

CLASS = {"allowed": {"hosts": ["*.example.com"]}}
HOST = "a.example.com"


def facts(operator: str = "", *monitoring: str) -> Facts:
    return Facts(kinds=ASSUMED.kinds, kubernetes=(1, 36), operator_namespace=operator, monitoring_namespaces=monitoring)


def policy(known: Facts) -> Manifest:
    made = desired(resolved(facts=known), OWNER)
    return next(each for each in made if each["kind"] == "NetworkPolicy")


def named(namespace: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}


OPERATOR = {
    **named("platform"),
    "podSelector": {"matchLabels": {"app.kubernetes.io/name": "modelserver-operator"}},
}


@pytest.mark.parametrize(
    ("known", "caretakers"),
    [
        (facts(), [{"namespaceSelector": {}}]),
        (facts("platform"), [OPERATOR, {"namespaceSelector": {}}]),
        (facts("platform", "monitoring", "central"), [OPERATOR, named("monitoring"), named("central")]),
    ],
)
def test_the_control_port_is_for_the_operator_and_for_monitoring(known: Facts, caretakers: list[Any]) -> None:
    spec = policy(known)["spec"]
    clients, control = spec["ingress"]
    assert spec["policyTypes"] == ["Ingress"]
    assert clients == {"ports": [{"protocol": "TCP", "port": "http"}]}  # no "from": from anywhere
    assert control == {"ports": [{"protocol": "TCP", "port": "control"}], "from": caretakers}


def test_every_selector_finds_the_servers_pods_and_no_others() -> None:
    template = child("Deployment")["spec"]["template"]["metadata"]["labels"]
    selectors = [
        child("NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
        child("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        child("Deployment")["spec"]["selector"]["matchLabels"],
        child("Service")["spec"]["selector"],
    ]
    for selector in selectors:
        assert selector["app.kubernetes.io/instance"] == "demo"
        assert selector.items() <= template.items()


def test_the_service_has_a_port_for_clients_and_one_for_metrics() -> None:
    ports = {each["name"]: (each["port"], each["targetPort"]) for each in child("Service")["spec"]["ports"]}
    assert ports == {"http": (80, "http"), "metrics": (9000, "control")}
    (runtime,) = child("Deployment")["spec"]["template"]["spec"]["containers"]
    assert {port["name"] for port in runtime["ports"]} == {target for _, target in ports.values()}


def test_a_drain_of_a_node_takes_one_pod_and_any_that_does_not_answer() -> None:
    spec = child("PodDisruptionBudget")["spec"]
    assert (spec["maxUnavailable"], spec["unhealthyPodEvictionPolicy"]) == (1, "AlwaysAllow")


def test_an_ingress_is_what_the_class_makes_of_it() -> None:
    of_class = {**CLASS, "ingress": {"className": "nginx", "annotations": {"example.com/timeout": "360"}}}
    made = child("Ingress", of_class, expose={"ingress": {"host": HOST, "tlsSecretName": "tls"}})
    assert made["metadata"]["annotations"] == {"example.com/timeout": "360"}
    assert made["spec"]["ingressClassName"] == "nginx"
    assert made["spec"]["tls"] == [{"hosts": [HOST], "secretName": "tls"}]
    (rule,) = made["spec"]["rules"]
    assert rule["host"] == HOST
    assert rule["http"]["paths"][0]["backend"] == {"service": {"name": "demo", "port": {"name": "http"}}}


def test_an_ingress_says_nothing_of_what_nobody_said() -> None:
    made = child("Ingress", CLASS, expose={"ingress": {"host": HOST}})
    assert "annotations" not in made["metadata"]
    assert made["spec"].keys() == {"rules"}


@pytest.mark.parametrize(
    ("queue", "running", "covered"), [(30, 300, "5m40s"), (10, 100, "2m0s"), (86400, 86400, "2880m10s")]
)
def test_a_gateway_does_not_cut_the_longest_request(queue: int, running: int, covered: str) -> None:
    route = {"httpRoute": {"parentRefs": [{"name": "public", "sectionName": "https"}], "hostnames": [HOST]}}
    bounds = {"queueTimeoutSeconds": queue, "requestTimeoutSeconds": running}
    made = child("HTTPRoute", CLASS, expose=route, admission=bounds)["spec"]
    assert made["parentRefs"] == [{"name": "public", "sectionName": "https"}]
    assert made["hostnames"] == [HOST]
    (rule,) = made["rules"]
    assert rule["backendRefs"] == [{"name": "demo", "port": 80}]
    assert rule["timeouts"] == {"request": covered}


def test_a_monitor_is_found_by_the_classs_labels_and_finds_the_service() -> None:
    of_class = {"monitorLabels": {"release": "prometheus", "app.kubernetes.io/managed-by": "somebody"}}
    made, service = child("ServiceMonitor", of_class), child("Service", of_class)
    assert made["metadata"]["labels"]["release"] == "prometheus"
    assert made["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "modelserver-operator"
    assert made["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    (endpoint,) = made["spec"]["endpoints"]
    assert (endpoint["port"], endpoint["path"]) == ("metrics", "/metrics")
    assert endpoint["port"] in [port["name"] for port in service["spec"]["ports"]]
