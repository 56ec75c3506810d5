"""What values make of the operator's installation: its pods, its namespaces, its monitoring."""

from typing import Any

import pytest
from tests.chart.chart import Helm, Manifest, Rendered

NAMESPACED = {"operator": {"namespaces": ["team-a", "team-b"]}}
WATCHED = {"serviceMonitor": {"enabled": True}, "prometheusRule": {"enabled": True}}


def deployment(rendered: Rendered) -> Manifest:
    (found,) = rendered.all("Deployment")
    return found


def variables(rendered: Rendered) -> dict[str, str]:
    """The operator's environment, as far as the chart knows it."""
    (container,) = rendered.pods()["Deployment"]["containers"]
    return {each["name"]: each["value"] for each in container["env"] if "value" in each}


def port_names(service: Manifest) -> list[str]:
    return [port["name"] for port in service["spec"]["ports"]]


@pytest.mark.parametrize("replicas", [1, 2])
def test_the_next_operator_waits_before_the_old_one_goes(helm: Helm, replicas: int) -> None:
    spec = deployment(helm.render({"operator": {"replicas": replicas}}))["spec"]
    assert spec["replicas"] == replicas
    assert spec["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}


def test_two_operators_are_kept_apart_and_one_of_them_running(helm: Helm) -> None:
    two = helm.render({"operator": {"replicas": 2}})
    selector = deployment(two)["spec"]["selector"]
    (budget,) = two.all("PodDisruptionBudget")
    assert budget["spec"]["selector"] == selector
    assert budget["spec"]["maxUnavailable"] == 1
    (spread,) = deployment(two)["spec"]["template"]["spec"]["topologySpreadConstraints"]
    assert (spread["labelSelector"], spread["whenUnsatisfiable"]) == (selector, "ScheduleAnyway")


def test_one_operator_can_be_drained_from_its_node(rendered: Rendered) -> None:
    assert rendered.all("PodDisruptionBudget") == []
    assert "topologySpreadConstraints" not in deployment(rendered)["spec"]["template"]["spec"]


def test_the_operator_knows_its_own_namespace(rendered: Rendered) -> None:
    (container,) = rendered.pods()["Deployment"]["containers"]
    (own,) = [each for each in container["env"] if each["name"] == "MODELSERVER_POD_NAMESPACE"]
    assert own["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.namespace"}}


def test_namespaces_reach_the_operator(helm: Helm) -> None:
    values = {"operator": {"namespaces": ["team-a", "team-b"], "monitoringNamespaces": ["prom", "graf"]}}
    found = variables(helm.render(values))
    assert found["MODELSERVER_NAMESPACES"] == "team-a,team-b"
    assert found["MODELSERVER_MONITORING_NAMESPACES"] == "prom,graf"


def test_a_namespaced_installation_brings_no_classes_and_no_hook(helm: Helm) -> None:
    namespaced = helm.render(NAMESPACED)
    assert namespaced.all("Job") == []
    assert namespaced.all("ConfigMap") == []
    assert [each["metadata"]["name"] for each in namespaced.all("ServiceAccount")] == ["modelserver"]


def test_the_values_of_classes_do_not_matter_to_a_namespaced_installation(helm: Helm) -> None:
    assert deployment(helm.render(NAMESPACED | {"defaultClass": "none-of-ours"}))


def test_nothing_of_the_prometheus_operator_is_asked_for_by_default(rendered: Rendered) -> None:
    assert not [each for each in rendered.manifests if "monitoring.coreos.com" in each["apiVersion"]]
    assert not [each for each in rendered.all("Service") if port_names(each) == ["metrics"]]


def test_the_monitor_finds_the_service_and_the_service_the_port(helm: Helm) -> None:
    watched = helm.render({"monitoring": WATCHED})
    (monitor,) = watched.all("ServiceMonitor")
    (service,) = [each for each in watched.all("Service") if port_names(each) == ["metrics"]]
    (container,) = watched.pods()["Deployment"]["containers"]
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert service["spec"]["selector"] == deployment(watched)["spec"]["selector"]["matchLabels"]
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint == {"port": service["spec"]["ports"][0]["name"], "path": "/metrics", "honorLabels": True}
    assert service["spec"]["ports"][0]["targetPort"] == container["ports"][0]["name"]


@pytest.mark.parametrize("kind", ["ServiceMonitor", "PrometheusRule"])
def test_labels_let_the_users_prometheus_find_what_it_watches(helm: Helm, kind: str) -> None:
    name = kind[0].lower() + kind[1:]
    labels = {"release": "prom", "app.kubernetes.io/name": "mine"}
    watched: dict[str, Any] = {**WATCHED, name: {"enabled": True, "labels": labels}}
    (found,) = helm.render({"monitoring": watched}).all(kind)
    assert found["metadata"]["labels"]["release"] == "prom"
    assert found["metadata"]["labels"]["app.kubernetes.io/name"] == "modelserver-operator"
