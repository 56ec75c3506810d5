"""Every golden manifest is accepted by the real API server, unknown fields and Pod Security included."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from tests.chart.chart import ROOT
from tests.controlplane import optional
from tests.controlplane.kube import Kube, Manifest
from tests.controlplane.world import World

from modelserver_operator.resolve import HTTP_ROUTE, PROMETHEUS_RULE, SCALED_OBJECT, SERVICE_MONITOR

OPTIONAL = (HTTP_ROUTE, SERVICE_MONITOR, PROMETHEUS_RULE, SCALED_OBJECT)

# What these name is looked up when a pod is made, and only the class's own cluster has it.
ELSEWHERE = ("serviceAccountName", "priorityClassName", "runtimeClassName")
GOLDENS = sorted((ROOT / "tests" / "unit" / "operator" / "goldens").glob("*.yaml"))


@pytest.fixture(scope="module", autouse=True)
def optional_kinds(kube: Kube) -> Iterator[None]:
    """The cluster serves all kinds that a child can have; afterwards only its own again."""
    for kind in OPTIONAL:
        optional.install(kube, kind)
    yield
    for kind in OPTIONAL:
        optional.remove(kube, kind)


def manifests(file: Path) -> list[Manifest]:
    return [document for document in yaml.load_all(file.read_text(), yaml.CSafeLoader) if document]


def test_there_are_goldens() -> None:
    kinds = {manifest["kind"] for file in GOLDENS for manifest in manifests(file)}
    assert {"Ingress", HTTP_ROUTE, SERVICE_MONITOR, PROMETHEUS_RULE, "PersistentVolumeClaim", "NetworkPolicy"} <= kinds
    assert {"HorizontalPodAutoscaler", SCALED_OBJECT} <= kinds


@pytest.mark.parametrize("file", GOLDENS, ids=lambda file: file.stem)
def test_accepted_by_the_api_server(shared_world: World, file: Path) -> None:
    for manifest in manifests(file):
        shared_world.kube.apply(_here(manifest, shared_world), dry_run=True)


@pytest.mark.parametrize("file", GOLDENS, ids=lambda file: file.stem)
def test_its_pods_are_within_restricted_pod_security(shared_world: World, file: Path) -> None:
    (deployment,) = (each for each in manifests(file) if each["kind"] == "Deployment" and "template" in each["spec"])
    spec = {name: value for name, value in deployment["spec"]["template"]["spec"].items() if name not in ELSEWHERE}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod"}, "spec": spec}
    shared_world.kube.create(_here(pod, shared_world), dry_run=True)


def _here(manifest: Manifest, world: World) -> Manifest:
    """In the test's namespace, and without a scale of its own or an owner that this cluster does not have."""
    metadata = {name: value for name, value in manifest["metadata"].items() if name != "ownerReferences"}
    return manifest | {"metadata": metadata | {"namespace": world.namespace}}
