"""From a ModelServer to its children and back to its status, with the operator as the chart runs it."""

import re
from typing import Any

import pytest
from tests.controlplane.kube import Kube, Manifest, RefusedError, eventually
from tests.controlplane.process import Operator
from tests.controlplane.world import World

MANAGED_BY = "app.kubernetes.io/managed-by"

pytestmark = pytest.mark.usefixtures("operator")


def owners(child: Manifest) -> list[tuple[str, str]]:
    return [(each["kind"], each["name"]) for each in child["metadata"].get("ownerReferences", [])]


def test_a_modelserver_becomes_ready_with_children_of_its_own(world: World) -> None:
    server = world.serve(replicas=2)
    assert server["status"]["replicas"] == server["status"]["readyReplicas"] == 2
    for kind in ("Reconciled", "Available"):
        assert world.condition("demo", kind)["status"] == "True"
    made = _made(world)
    assert sorted(child["kind"] for child in made) == ["ConfigMap", "ConfigMap", "Deployment", "Service"]
    for child in made:
        (owner,) = child["metadata"]["ownerReferences"]
        assert owner["uid"] == server["metadata"]["uid"]
        assert owner["controller"]
        assert owner["blockOwnerDeletion"]


def test_nothing_is_left_on_the_object_that_could_block_its_deletion(world: World) -> None:
    server = world.serve()
    assert "finalizers" not in server["metadata"]
    assert "annotations" not in server["metadata"]


@pytest.mark.parametrize("kind", ["Deployment", "Service", "ConfigMap"])
def test_a_deleted_child_comes_back(world: World, kind: str) -> None:
    world.serve()
    child = next(child for child in world.children() if child["kind"] == kind)
    world.kube.delete(kind, child["metadata"]["name"], world.namespace)

    def reborn() -> bool:
        found = world.kube.get(kind, child["metadata"]["name"], world.namespace)
        return found is not None and found["metadata"]["uid"] != child["metadata"]["uid"]

    eventually(reborn, f"there is a new {kind}")
    world.wait_for("demo", "Ready", "True")


@pytest.mark.parametrize(
    ("kind", "patch", "where", "what"),
    [
        ("Service", {"spec": {"selector": {"app.kubernetes.io/instance": "other"}}}, ("spec", "selector"), "demo"),
        (
            "Service",
            {"metadata": {"labels": {MANAGED_BY: "me"}}},
            ("metadata", "labels"),
            "operator",
        ),
        ("Deployment", {"spec": {"template": {"spec": {"enableServiceLinks": True}}}}, ("spec", "template"), "False"),
        ("Deployment", {"spec": {"replicas": 5}}, ("spec", "replicas"), "1"),
    ],
)
def test_drift_is_repaired(world: World, kind: str, patch: Manifest, where: tuple[str, ...], what: str) -> None:
    world.serve()
    before = _field(world.child(kind), where)
    changed = world.kube.patch(kind, "demo", world.namespace, patch)
    assert _field(changed, where) != before
    assert what in str(before)
    eventually(lambda: _field(world.child(kind), where) == before, f"{where} is as it was")


def test_what_others_add_to_a_child_stays(world: World) -> None:
    world.serve()
    world.kube.patch("Deployment", "demo", world.namespace, {"metadata": {"annotations": {"team": "a"}}})
    world.make_server(replicas=2)
    world.wait_for("demo", "Ready", "True")
    assert world.child("Deployment")["metadata"]["annotations"]["team"] == "a"


def test_a_rollout_restart_is_honoured(world: World) -> None:
    """What `kubectl rollout restart` does: an annotation in the template, which is not ours and stays."""
    world.serve()
    (before,) = world.pods()
    annotation = {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"}}}
    world.kube.patch("Deployment", "demo", world.namespace, {"spec": {"template": annotation}})

    def replaced() -> bool:
        return before["metadata"]["uid"] not in [pod["metadata"]["uid"] for pod in world.pods()]

    eventually(replaced, "the old pod is gone")
    world.wait_for("demo", "Ready", "True")
    assert "restartedAt" in str(world.child("Deployment")["spec"]["template"]["metadata"])


def test_a_changed_spec_rolls_the_pods_and_prunes_what_no_pod_uses_any_more(world: World) -> None:
    world.serve()
    before = world.config_maps()
    world.make_server(engine={"maxSequences": 3})
    world.wait_for("demo", "Ready", "True")
    after = eventually(lambda: now if (now := world.config_maps()).isdisjoint(before) else None, "old configs are gone")
    assert {re.sub("-[0-9a-f]{10}$", "", name) for name in after} == {"demo-start", "demo-live"}


def test_a_start_config_is_kept_as_long_as_pods_use_it(world: World) -> None:
    """A roll that cannot finish: the new pods find no room, the old ones must be able to start again."""
    world.serve()
    before = world.config_maps()
    world.make_class(resources={"cpu": "1000"})
    world.make_server(engine={"maxSequences": 3})
    world.wait_for("demo", "Ready", "False", "Unschedulable")
    assert before < world.config_maps()
    assert world.condition("demo", "Available")["status"] == "True"


def test_replicas_have_a_field_manager_of_their_own(world: World) -> None:
    world.serve(replicas=2)
    managers = {
        entry["manager"]: entry["fieldsV1"].get("f:spec", {})
        for entry in world.child("Deployment")["metadata"]["managedFields"]
        if entry["operation"] == "Apply"
    }
    assert set(managers["modelserver-operator-replicas"]) == {"f:replicas"}
    assert "f:replicas" not in managers["modelserver-operator"]
    assert "f:template" in managers["modelserver-operator"]


def test_a_server_without_replicas_never_has_a_pod(world: World) -> None:
    world.make_class()
    world.make_server(replicas=0)
    world.wait_for("demo", "Ready", "False", "ScaledToZero")
    assert world.child("Deployment")["spec"]["replicas"] == 0
    revisions = [child for child in world.children() if child["kind"] == "ReplicaSet"]
    events = world.kube.list("Event", world.namespace)
    assert revisions
    assert not [each for each in events if each["reason"] == "SuccessfulCreate"]


def test_the_scale_subresource_scales(world: World) -> None:
    world.serve()
    world.kube.patch("ModelServer", "demo", world.namespace, {"spec": {"replicas": 3}}, subresource="scale")
    server = world.wait_for("demo", "Ready", "True")
    assert server["spec"]["replicas"] == server["status"]["readyReplicas"] == 3
    answer = world.kube.raw(
        "GET", f"/apis/modelserver.dev/v1alpha1/namespaces/{world.namespace}/modelservers/demo/scale"
    )
    scale = answer.json()
    assert scale["status"] == {"replicas": 3, "selector": server["status"]["selector"]}
    pods = world.kube.list("Pod", world.namespace, server["status"]["selector"])
    assert len(pods) == 3


@pytest.mark.parametrize("kind", ["Service", "Deployment"])
def test_a_foreign_object_is_left_alone_and_named(world: World, kind: str) -> None:
    spec: dict[str, Any] = {"ports": [{"port": 1}], "selector": {"a": "b"}}
    if kind == "Deployment":
        pod = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i.example.com/i"}]}}
        spec = {"selector": {"matchLabels": {"a": "b"}}, "replicas": 0, "template": pod}
    api = {"Service": "v1", "Deployment": "apps/v1"}[kind]
    foreign = {
        "apiVersion": api,
        "kind": kind,
        "metadata": {"name": "demo", "namespace": world.namespace},
        "spec": spec,
    }
    theirs = world.kube.apply(foreign)
    world.make_class()
    world.make_server()
    condition = world.wait_for("demo", "Reconciled", "False", "ForeignObject")
    assert f"{kind} demo" in condition["message"]
    now = world.child(kind)
    assert now["spec"] == theirs["spec"]
    assert owners(now) == []
    assert [each["manager"] for each in now["metadata"]["managedFields"] if each["operation"] == "Apply"] == ["tests"]
    world.kube.delete(kind, "demo", world.namespace)
    world.wait_for("demo", "Ready", "True")


def test_labels_alone_make_nothing_ours(world: World) -> None:
    """A ConfigMap that somebody has labelled like a child of ours is neither pruned nor taken over."""
    world.serve()
    labels = world.child("Service")["metadata"]["labels"]
    metadata = {"name": "notes", "namespace": world.namespace, "labels": labels}
    world.kube.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": "b"}})
    world.make_server(engine={"maxSequences": 3})
    world.wait_for("demo", "Ready", "True")
    eventually(lambda: len(world.config_maps()) == 3, "the old configs are pruned")
    assert owners(world.child("ConfigMap", "notes")) == []


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
    server = world.wait_for("demo", "Ready", "True")
    assert server["status"]["classGeneration"] == 2


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


def test_transitions_are_events_that_describe_shows(world: World) -> None:
    server = world.serve()

    def ours() -> list[Manifest]:
        events = world.kube.list("Event", world.namespace)
        return [each for each in events if each["regarding"].get("uid") == server["metadata"]["uid"]]

    eventually(lambda: "Ready" in [each["reason"] for each in ours()], "an Event says Ready")
    assert {each["type"] for each in ours()} == {"Normal"}
    assert len(ours()) <= 6


def test_the_probes_answer(operator: Operator) -> None:
    assert operator.probe("/livez") == operator.probe("/readyz") == 200


# The garbage collector looks for new kinds every 30 seconds: what needs it comes last, when it knows ours.


def test_deleting_it_deletes_the_children(world: World) -> None:
    world.serve()
    world.kube.delete("ModelServer", "demo", world.namespace)
    eventually(lambda: world.children() == [], "the children are gone")


def test_deleted_and_created_again_under_the_same_name(world: World) -> None:
    first = world.serve()
    world.kube.delete("ModelServer", "demo", world.namespace)
    eventually(lambda: world.kube.get("ModelServer", "demo", world.namespace) is None, "the first is gone")
    second = world.make_server()
    world.wait_for("demo", "Ready", "True")
    assert second["metadata"]["uid"] != first["metadata"]["uid"]
    for child in world.children():
        assert first["metadata"]["uid"] not in str(child["metadata"].get("ownerReferences"))


def test_nothing_is_made_until_the_former_children_are_gone(world: World) -> None:
    """A finalizer holds one child of the deleted server; the new one waits, says so, and leaves it alone."""
    first = world.serve()
    world.kube.patch("Service", "demo", world.namespace, {"metadata": {"finalizers": ["example.com/hold"]}})
    world.kube.delete("ModelServer", "demo", world.namespace)
    eventually(lambda: world.kube.get("ModelServer", "demo", world.namespace) is None, "the first is gone")
    world.make_server()
    condition = world.wait_for("demo", "Reconciled", "False", "Draining")
    assert "Service demo" in condition["message"]
    eventually(lambda: [child["kind"] for child in world.children()] == ["Service"], "only the held child is there")
    assert world.child("Service")["metadata"]["ownerReferences"][0]["uid"] == first["metadata"]["uid"]
    world.kube.patch("Service", "demo", world.namespace, {"metadata": {"finalizers": None}})
    second = world.wait_for("demo", "Ready", "True")
    assert world.child("Service")["metadata"]["ownerReferences"][0]["uid"] == second["metadata"]["uid"]


def test_orphans_of_a_former_server_are_not_adopted(world: World) -> None:
    world.serve()
    world.kube.delete("ModelServer", "demo", world.namespace, policy="Orphan")
    eventually(lambda: world.kube.get("ModelServer", "demo", world.namespace) is None, "the first is gone")
    eventually(lambda: not any(map(owners, _made(world))), "its children have no owner")
    world.make_server()
    world.wait_for("demo", "Reconciled", "False", "ForeignObject")
    assert not any(map(owners, _made(world)))


def _made(world: World) -> list[Manifest]:
    return [child for child in world.children() if child["kind"] in ("ConfigMap", "Service", "Deployment")]


def _field(manifest: Manifest, where: tuple[str, ...]) -> Any:
    value: Any = manifest
    for name in where:
        value = value[name]
    return value
