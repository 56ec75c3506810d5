"""From a ModelServer to its children and back to its status, with the operator as the chart runs it."""

import re
from functools import partial

import pytest
from tests.controlplane.kube import Manifest, eventually
from tests.controlplane.process import Operator
from tests.controlplane.world import World

pytestmark = pytest.mark.usefixtures("operator")


def test_a_modelserver_becomes_ready_with_children_of_its_own(world: World) -> None:
    server = world.serve(replicas=2)
    assert server["status"]["replicas"] == server["status"]["readyReplicas"] == 2
    for kind in ("Reconciled", "Available"):
        assert world.condition("demo", kind)["status"] == "True"
    made = world.made()
    assert sorted(child["kind"] for child in made) == [
        "ConfigMap",
        "ConfigMap",
        "Deployment",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "Service",
        "ServiceAccount",
    ]
    for child in made:
        (owner,) = child["metadata"]["ownerReferences"]
        assert owner["uid"] == server["metadata"]["uid"]
        assert owner["controller"]
        assert owner["blockOwnerDeletion"]


def test_nothing_is_left_on_the_object_that_could_block_its_deletion(world: World) -> None:
    server = world.serve()
    assert "finalizers" not in server["metadata"]
    assert "annotations" not in server["metadata"]


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


def test_a_changed_spec_rolls_the_pods_and_prunes_what_no_replica_set_uses_any_more(world: World) -> None:
    """Two old ReplicaSets are kept to roll back by, and with them what their pods would start from."""
    world.serve()
    versions = [world.config_maps()]
    for sequences in (3, 4, 5):
        world.make_server(engine={"maxSequences": sequences})
        world.wait_for("demo", "Ready", "True")
        versions.append(world.config_maps() - set().union(*versions))
    assert [sorted(re.sub("-[0-9a-f]{10}$", "", name) for name in each) for each in versions] == [
        ["demo-live", "demo-start"]
    ] * 4
    eventually(lambda: world.config_maps() == set().union(*versions[1:]), "only the oldest configs are gone")


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

    def looked_at() -> bool:
        """Whether the controller that would make pods has seen what it is to make."""
        revisions = [child for child in world.children() if child["kind"] == "ReplicaSet"]
        return bool(revisions) and all("observedGeneration" in each["status"] for each in revisions)

    eventually(looked_at, "its ReplicaSet is there")
    events = world.kube.list("Event", world.namespace)
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


def test_transitions_are_events_that_describe_shows(world: World) -> None:
    claim = partial(world.child, "PersistentVolumeClaim", "models")
    eventually(lambda: claim()["status"]["phase"] == "Bound", "a pod need not wait for it, which would be a warning")
    server = world.serve()

    def ours() -> list[Manifest]:
        events = world.kube.list("Event", world.namespace)
        return [each for each in events if each["regarding"].get("uid") == server["metadata"]["uid"]]

    eventually(lambda: "Ready" in [each["reason"] for each in ours()], "an Event says Ready")
    assert {each["type"] for each in ours()} == {"Normal"}
    assert len(ours()) <= 6


def test_the_probes_answer(operator: Operator) -> None:
    assert operator.probe("/livez") == operator.probe("/readyz") == 200
