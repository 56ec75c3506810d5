"""What the chart makes so that scalers find the load: custom.metrics.k8s.io, KEDA's way in, an adapter's rule."""

import pytest
import yaml
from tests.chart.chart import CHART, ROOT, Helm, Manifest, Rendered
from tests.chart.test_variants import NAMESPACED, deployment, variables

OFF = {"autoscaling": {"builtIn": {"enabled": False}}}
METRICS_API = ("MODELSERVER_METRICS_API_PORT", "MODELSERVER_METRICS_API_SERVICE")


def container(rendered: Rendered) -> Manifest:
    (found,) = rendered.pods()["Deployment"]["containers"]
    return dict(found)


def target(rendered: Rendered, service: str) -> int:
    """The port of the operator's container that the Service's only port leads to."""
    found = rendered.one("Service", service)
    assert found["spec"]["selector"] == deployment(rendered)["spec"]["selector"]["matchLabels"]
    (port,) = found["spec"]["ports"]
    (number,) = [each["containerPort"] for each in container(rendered)["ports"] if each["name"] == port["targetPort"]]
    return int(number)


def test_both_versions_lead_to_the_operators_service_and_the_newer_one_is_preferred(rendered: Rendered) -> None:
    found = {each["metadata"]["name"]: each["spec"] for each in rendered.all("APIService")}
    assert set(found) == {"v1beta1.custom.metrics.k8s.io", "v1beta2.custom.metrics.k8s.io"}
    service = {"namespace": "platform", "name": "modelserver-metrics-api", "port": 443}
    for name, spec in found.items():
        assert (f"{spec['version']}.{spec['group']}", spec["service"]) == (name, service)
    assert found["v1beta1.custom.metrics.k8s.io"]["versionPriority"] == 100
    assert found["v1beta2.custom.metrics.k8s.io"]["versionPriority"] == 200


def test_the_chart_leaves_the_authority_to_the_operator(rendered: Rendered) -> None:
    for each in rendered.all("APIService"):
        assert not {"caBundle", "insecureSkipTLSVerify"} & set(each["spec"])


@pytest.mark.parametrize("port", [10250, 8443])
def test_the_service_leads_to_the_port_on_which_the_operator_serves(helm: Helm, port: int) -> None:
    rendered = helm.render({"autoscaling": {"builtIn": {"port": port}}})
    assert rendered.one("Service", "modelserver-metrics-api")["spec"]["ports"][0]["port"] == 443
    assert target(rendered, "modelserver-metrics-api") == port
    found = variables(rendered)
    assert [found[name] for name in METRICS_API] == [str(port), "modelserver-metrics-api"]


def test_managed_control_planes_reach_the_port_by_default(rendered: Rendered) -> None:
    assert variables(rendered)["MODELSERVER_METRICS_API_PORT"] == "10250"


def test_keys_have_no_place_to_lie(rendered: Rendered) -> None:
    """They are made in memory, and stay there."""
    assert container(rendered)["securityContext"]["readOnlyRootFilesystem"]
    assert "volumes" not in rendered.pods()["Deployment"]


@pytest.mark.parametrize("values", [OFF, NAMESPACED], ids=["off", "for some namespaces"])
def test_nothing_of_the_metrics_api_is_made_where_it_is_not_served(helm: Helm, values: dict[str, Manifest]) -> None:
    rendered = helm.render(values)
    assert rendered.all("APIService") == []
    assert [each["metadata"]["name"] for each in rendered.all("Service")] == ["modelserver-load"]
    assert not set(METRICS_API) & set(variables(rendered))
    assert [port["name"] for port in container(rendered)["ports"]] == ["health"]
    assert "volumes" not in rendered.pods()["Deployment"]


@pytest.mark.parametrize("values", [{}, OFF, NAMESPACED], ids=["everywhere", "off", "for some namespaces"])
def test_keda_finds_the_operators_answers(helm: Helm, values: dict[str, Manifest]) -> None:
    rendered = helm.render(values)
    assert variables(rendered)["MODELSERVER_LOAD_URL"] == "http://modelserver-load.platform.svc:8080"
    assert target(rendered, "modelserver-load") == 8080
    assert rendered.one("Service", "modelserver-load")["spec"]["ports"][0]["port"] == 8080


def test_a_prometheus_for_keda_reaches_the_operator(helm: Helm, rendered: Rendered) -> None:
    url = "http://prometheus.monitoring.svc:9090"
    found = variables(helm.render({"autoscaling": {"keda": {"prometheusUrl": url}}}))
    assert found["MODELSERVER_KEDA_PROMETHEUS_URL"] == url
    assert variables(rendered)["MODELSERVER_KEDA_PROMETHEUS_URL"] == ""


def test_the_adapters_rule_is_put_beside_the_adapter_when_asked_for(helm: Helm, rendered: Rendered) -> None:
    assert "modelserver-prometheus-adapter" not in {each["metadata"]["name"] for each in rendered.all("ConfigMap")}
    asked = helm.render({"autoscaling": {"prometheusAdapter": {"ruleNamespace": "monitoring"}}})
    config_map = asked.one("ConfigMap", "modelserver-prometheus-adapter")
    assert config_map["metadata"]["namespace"] == "monitoring"
    (rule,) = yaml.safe_load(config_map["data"]["config.yaml"])["rules"]
    assert rule["name"]["as"] == "unfinished_requests"
    assert rule["resources"]["overrides"]["modelserver"] == {"group": "modelserver.dev", "resource": "modelserver"}


def test_the_docs_have_the_rule_as_it_is() -> None:
    rule = (CHART / "files" / "prometheus-adapter.yaml").read_text().partition("rules:\n")[2]
    assert f"```yaml\nrules:\n{rule}```" in (ROOT / "docs" / "autoscaling-adapter.md").read_text()
