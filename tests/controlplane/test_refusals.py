"""What stops a ModelServer from being acted on: its class, the object itself, the API server; and that it passes."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.controlplane.kube import API, Kube, Manifest, RefusedError, eventually
from tests.controlplane.world import World

pytestmark = pytest.mark.usefixtures("operator")


def test_a_class_that_appears_later(world: World) -> None:
    world.make_server()
    condition = world.wait_for("demo", "Ready", "False", "ClassNotFound")
    assert world.namespace in condition["message"]
    assert world.children() == []
    world.make_class()
    world.wait_for("demo", "Ready", "True")


def test_a_class_that_goes_away_stops_nothing(world: World) -> None:
    world.serve()
    world.kube.delete("ModelServerClass", world.namespace)
    world.wait_for("demo", "Ready", "False", "ClassNotFound")
    assert world.condition("demo", "Available")["status"] == "True"
    assert len(world.pods()) == 1


def test_what_the_class_forbids_is_said_with_the_field_and_the_class(world: World) -> None:
    world.make_class()
    world.make_server(engine={"arguments": {"trust-remote-code": ""}})
    condition = world.wait_for("demo", "Ready", "False", "ForbiddenByClass")
    assert "spec.engine.arguments" in condition["message"]
    assert world.namespace in condition["message"]
    assert world.children() == []


def test_a_changed_class_reaches_its_servers(world: World) -> None:
    world.serve()
    world.make_class(image="registry.example.com/runtime:2")
    eventually(lambda: [pod["spec"]["containers"][0]["image"][-1] for pod in world.pods()] == ["2"], "a new pod runs")
    eventually(lambda: world.server("demo")["status"]["classGeneration"] == 2, "the class's new generation is told")
    world.wait_for("demo", "Ready", "True")


def test_a_stored_spec_that_no_longer_parses_is_a_condition(world: World, loosened: None) -> None:
    """An object from another version: the CRD of then let through what this one does not."""
    world.serve()
    world.kube.apply(world.server_manifest(profile="Fastest"))
    condition = world.wait_for("demo", "Ready", "False", "SpecInvalid")
    assert "spec.profile" in condition["message"]
    assert world.condition("demo", "Available")["status"] == "True"
    world.make_server(profile="QualityFirst")
    world.wait_for("demo", "Ready", "True")


@pytest.fixture
def loosened(kube: Kube) -> Any:
    """A CRD whose profile may be any text."""
    name = "modelservers.modelserver.dev"
    crd = kube.read("CustomResourceDefinition", name)
    profile = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["profile"]
    strict = profile.pop("enum")
    _replace_crd(kube, crd)
    yield
    profile["enum"] = strict
    _replace_crd(kube, crd)


def _replace_crd(kube: Kube, crd: Manifest) -> None:
    """Put it and wait until the API server validates by it."""
    name = crd["metadata"]["name"]
    where = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}"
    stored = kube.read("CustomResourceDefinition", name)
    kube.raw("PUT", where, json=stored | {"spec": crd["spec"]}).raise_for_status()
    profile = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["profile"]
    eventually(lambda: _accepts_any_profile(kube) == ("enum" not in profile), "the API server uses the CRD")


def _accepts_any_profile(kube: Kube) -> bool:
    try:
        kube.apply(World(kube, "default").server_manifest("probe", profile="Any"), dry_run=True)
    except RefusedError:
        return False
    return True


def test_what_the_api_server_refuses_is_said(world: World) -> None:
    """A quota forbids the Service; the quota's own words reach the status."""
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "none", "namespace": world.namespace},
        "spec": {"hard": {"services": "0"}},
    }
    world.kube.apply(quota)
    eventually(lambda: world.kube.read("ResourceQuota", "none", world.namespace).get("status"), "the quota counts")
    world.make_class()
    world.make_server()
    condition = world.wait_for("demo", "Reconciled", "False", "RejectedByAPIServer")
    assert "Service demo" in condition["message"]
    assert "exceeded quota" in condition["message"]
    world.kube.delete("ResourceQuota", "none", world.namespace)
    world.wait_for("demo", "Ready", "True")


@pytest.fixture
def failing_webhook(world: World) -> Iterator[str]:
    """An admission webhook for the namespace's Services at which nobody answers."""
    webhook = {
        "name": "nobody.example.com",
        "clientConfig": {"url": "https://127.0.0.1:1/"},
        "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["services"], "operations": ["CREATE"]}],
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": world.namespace}},
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
    }
    kind = "ValidatingWebhookConfiguration"
    configuration = {"apiVersion": API[kind], "kind": kind, "metadata": {"name": world.namespace}}
    world.kube.apply(configuration | {"webhooks": [webhook]})
    eventually(lambda: not _takes_a_service(world), "the API server asks the webhook")
    yield world.namespace
    world.kube.delete(kind, world.namespace)


def _takes_a_service(world: World) -> bool:
    metadata = {"name": "probe", "namespace": world.namespace}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [{"port": 1}]}}
    try:
        world.kube.apply(service, dry_run=True)
    except RefusedError:
        return False
    return True


def test_what_the_api_server_cannot_do_is_said_and_tried_again(world: World, failing_webhook: str) -> None:
    """A webhook that fails is a 500 for as long as it does, which is no refusal and must be known all the same."""
    world.make_class()
    world.make_server()
    condition = world.wait_for("demo", "Reconciled", "False", "RejectedByAPIServer")
    assert "Service demo could not be applied" in condition["message"]
    assert "nobody.example.com" in condition["message"]
    world.kube.delete("ValidatingWebhookConfiguration", failing_webhook)
    world.wait_for("demo", "Ready", "True")
