"""`paused`: nothing is written but the status, which says so."""

import pytest
from tests.controlplane.kube import eventually
from tests.controlplane.world import World

pytestmark = pytest.mark.usefixtures("operator")


def test_a_paused_server_is_left_as_it_is(world: World) -> None:
    world.serve()
    world.make_server(paused=True)
    for kind in ("Ready", "Reconciled"):
        world.wait_for("demo", kind, "False", "Paused")
    made = {(child["kind"], child["metadata"]["name"]) for child in world.made()}

    world.kube.patch("Service", "demo", world.namespace, {"spec": {"selector": {"a": "b"}}})
    world.kube.delete("PodDisruptionBudget", "demo", world.namespace)
    world.make_server(paused=True, replicas=2, engine={"maxSequences": 3})
    world.wait_for("demo", "Ready", "False", "Paused")
    (pod,) = world.pods()
    world.kube.kill_pod(pod)
    eventually(lambda: [each["metadata"]["name"] for each in world.pods()] != [pod["metadata"]["name"]], "another pod")
    assert world.child("Service")["spec"]["selector"]["a"] == "b"
    there = {(child["kind"], child["metadata"]["name"]) for child in world.made()}
    assert there == made - {("PodDisruptionBudget", "demo")}
    world.wait_for("demo", "Available", "True")

    world.make_server(replicas=2, engine={"maxSequences": 3})
    world.wait_for("demo", "Ready", "True")
    assert "a" not in world.child("Service")["spec"]["selector"]
    eventually(lambda: len(world.pods()) == 2, "those that were replaced are gone")
