"""Whose an object is: nothing is adopted, nothing foreign is touched, and children go with their owner."""

from typing import Any

import pytest
from tests.controlplane.kube import API, eventually
from tests.controlplane.world import World, owners

pytestmark = pytest.mark.usefixtures("operator")

POD = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i.example.com/i"}]}}
FOREIGN: dict[str, dict[str, Any]] = {
    "Service": {"ports": [{"port": 1}], "selector": {"a": "b"}},
    "Deployment": {"selector": {"matchLabels": {"a": "b"}}, "replicas": 0, "template": POD},
    # One that scales something else, and is merely called so.
    "HorizontalPodAutoscaler": {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "demo"},
        "maxReplicas": 2,
    },
}


@pytest.mark.parametrize("kind", sorted(FOREIGN))
def test_a_foreign_object_is_left_alone_and_named(world: World, kind: str) -> None:
    foreign = {
        "apiVersion": API[kind],
        "kind": kind,
        "metadata": {"name": "demo", "namespace": world.namespace},
        "spec": FOREIGN[kind],
    }
    theirs = world.kube.apply(foreign)
    world.make_class()
    world.make_server(autoscaling={"maxReplicas": 3})
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
    first = world.config_maps() - {"notes"}
    for sequences in (3, 4, 5):
        world.make_server(engine={"maxSequences": sequences})
        world.wait_for("demo", "Ready", "True")
    eventually(lambda: world.config_maps().isdisjoint(first), "the oldest configs are pruned")
    assert owners(world.child("ConfigMap", "notes")) == []


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
    world.wait_for("demo", "Reconciled", "False", "Draining")
    eventually(lambda: [child["kind"] for child in world.children()] == ["Service"], "only the held child is there")
    eventually(lambda: "Service demo" in world.condition("demo", "Reconciled")["message"], "it is named")
    assert world.child("Service")["metadata"]["ownerReferences"][0]["uid"] == first["metadata"]["uid"]
    world.kube.patch("Service", "demo", world.namespace, {"metadata": {"finalizers": None}})
    second = world.wait_for("demo", "Ready", "True")
    assert world.child("Service")["metadata"]["ownerReferences"][0]["uid"] == second["metadata"]["uid"]


def test_orphans_of_a_former_server_are_not_adopted(world: World) -> None:
    world.serve()
    world.kube.delete("ModelServer", "demo", world.namespace, policy="Orphan")
    eventually(lambda: world.kube.get("ModelServer", "demo", world.namespace) is None, "the first is gone")
    eventually(lambda: not any(map(owners, world.made())), "its children have no owner")
    world.make_server()
    world.wait_for("demo", "Reconciled", "False", "ForeignObject")
    assert not any(map(owners, world.made()))
