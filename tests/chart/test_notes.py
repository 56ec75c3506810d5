"""What Helm prints after an install: what to do next, for each way to install."""

from typing import Any

from tests.chart.chart import Helm


def test_the_notes_warn_of_the_placeholder_and_of_nothing_else(helm: Helm) -> None:
    own = {"image": "r.example.org/i:1"}
    values = {"image": {"repository": "r.example.org/o"}, "classes": {"cpu": own, "nvidia": own}}
    assert "image.repository, classes.cpu.image, classes.nvidia.image. Build" in notes(helm, {})
    assert "stands in these values:\nclasses.nvidia.image. Build" in notes(helm, values | {"classes": {"cpu": own}})
    assert "WARNING" not in notes(helm, values)


def test_the_notes_say_what_an_uninstall_does(helm: Helm) -> None:
    assert "the models that they serve; nobody then keeps their status" in notes(helm, {})
    assert "an uninstall deletes" in notes(helm, {"crds": {"keep": False}})
    assert "removes the operator only" in notes(helm, {"crds": {"enabled": False}})


def test_the_notes_of_a_namespaced_installation_say_who_installs_the_classes(helm: Helm) -> None:
    said = notes(helm, {"operator": {"namespaces": ["team-a", "team-b"]}})
    assert "for the ModelServers of team-a, team-b." in said
    assert "brings no ModelServerClass" in said
    assert "Who administers the cluster installs them" in said
    assert "kubectl apply --namespace team-a -f -" in said
    assert "of other installations too" in said
    assert "classes.NAME.image" not in said
    assert "brings no ModelServerClass" not in notes(helm, {})


def test_the_notes_of_a_namespaced_installation_warn_of_its_own_image_alone(helm: Helm) -> None:
    namespaced = {"operator": {"namespaces": ["team-a"]}}
    assert "stands in these values:\nimage.repository. Build Dockerfile.operator, push" in notes(helm, namespaced)
    assert "WARNING" not in notes(helm, namespaced | {"image": {"repository": "r.example.org/o"}})


def test_the_notes_say_who_watches_the_operator(helm: Helm) -> None:
    assert "Nobody watches the operator yet" in notes(helm, {})
    monitor = {"serviceMonitor": {"enabled": True}}
    assert "by the ServiceMonitor modelserver" in notes(helm, {"monitoring": monitor})
    assert "alerts" not in notes(helm, {"monitoring": monitor})
    assert "the alerts likewise" in notes(helm, {"monitoring": monitor | {"prometheusRule": {"enabled": True}}})


def test_the_notes_say_where_scalers_read_the_load(helm: Helm) -> None:
    assert "kubectl get apiservices v1beta1.custom.metrics.k8s.io v1beta2.custom.metrics.k8s.io" in notes(helm, {})
    url = "http://prometheus.monitoring.svc:9090"
    off = {"builtIn": {"enabled": False}}
    assert "KEDA,\nwhich asks the operator, or prometheus-adapter with the rule for them." in notes(
        helm, {"autoscaling": off}
    )
    said = notes(
        helm, {"autoscaling": {**off, "keda": {"prometheusUrl": url}, "prometheusAdapter": {"ruleNamespace": "mon"}}}
    )
    assert f"which asks {url}" in said
    assert "the ConfigMap modelserver-prometheus-adapter in namespace mon." in said
    said = notes(helm, {"operator": {"namespaces": ["team-a"]}})
    assert "for some namespaces only" in said
    assert "kubectl get apiservices" not in said


def notes(helm: Helm, values: dict[str, Any]) -> str:
    """What Helm would print after an install."""
    said = helm.run("install", "modelserver", "charts/modelserver", "--dry-run=client", "--values", helm.values(values))
    return said.partition("NOTES:")[2]
