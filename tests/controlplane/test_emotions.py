"""Emotions: what the pods say of how they steer is what the status tells, and a retune needs no restart."""

from collections.abc import Iterator
from functools import partial

import pytest
from tests.controlplane.kube import Manifest, eventually
from tests.controlplane.policy import policy
from tests.controlplane.process import Operator
from tests.controlplane.steered import SteeredPod, digest, emotions, live_of, placed, steered
from tests.controlplane.world import World

pytestmark = [pytest.mark.usefixtures("operator"), pytest.mark.usefixtures("bare_node")]

OTHER = "other-"
SENTENCE = "The vector joy is not in vectors.json, which has anger and happiness."


@pytest.fixture
def pod(world: World) -> Iterator[SteeredPod]:
    """A server with one pod that steers as it should."""
    with steered(world) as (only,):
        world.wait_for("demo", "EmotionsLive", "True")
        yield only


def told(world: World, reason: str) -> Manifest:
    """EmotionsLive, once it is False for this reason; so is Ready."""
    world.wait_for("demo", "Ready", "False", reason)
    return world.wait_for("demo", "EmotionsLive", "False", reason)


def events(world: World) -> list[tuple[str, str]]:
    """Type and reason of what was posted about the server."""
    about = [each for each in world.kube.list("Event", world.namespace) if each["regarding"]["kind"] == "ModelServer"]
    return [(each["type"], each["reason"]) for each in about]


def passes(operator: Operator) -> float:
    return operator.metrics()["modelserver_operator_reconcile_seconds_count"]


def has_made(operator: Operator, number: float) -> bool:
    return passes(operator) >= number


def looked_at_again(world: World, operator: Operator) -> None:
    """Have the operator make two passes with nothing to do."""
    for number in range(2):
        more = passes(operator) + 1
        label = {"metadata": {"labels": {"look": str(number)}}}
        world.kube.patch("ModelServer", "demo", world.namespace, label)
        eventually(partial(has_made, operator, more), "a pass is made")


def test_a_retune_is_in_force_when_every_pod_says_so_and_restarts_none(world: World, operator: Operator) -> None:
    with steered(world, 2) as pods:
        status = world.wait_for("demo", "Ready", "True")["status"]
        assert status["servedNames"] == ["demo", "cheerful"]
        assert world.condition("demo", "EmotionsLive")["reason"] == "Steering"
        assert [pod.annotation() for pod in pods] == [None, None]  # they had it from the start
        template, uids = world.child("Deployment")["spec"]["template"], {pod.read()["metadata"]["uid"] for pod in pods}

        world.make_server(replicas=2, emotions=emotions(0.7, perRequest="Disabled"))
        eventually(lambda: "Pods" in told(world, "EmotionsPending")["message"], "both are late")
        wanted = live_of(world, pods[0])
        assert "perRequest: Disabled" in wanted
        eventually(lambda: {pod.annotation() for pod in pods} == {digest(wanted)[:12]}, "both kubelets are told")

        pods[0].steers(wanted)
        eventually(lambda: "Pod " + pods[1].name in told(world, "EmotionsPending")["message"], "one is left")
        pods[1].steers(wanted)
        world.wait_for("demo", "Ready", "True")
        assert world.condition("demo", "EmotionsLive")["status"] == "True"
        assert world.child("Deployment")["spec"]["template"] == template
        assert {pod.read()["metadata"]["uid"] for pod in pods} == uids
        eventually(lambda: events(world).count(("Normal", "Ready")) == 2, "an Event tells that it is in force")
        assert "EmotionsPending" not in {reason for _, reason in events(world)}  # and none that it was asked for

        before = world.versions(), [pod.read()["metadata"]["resourceVersion"] for pod in pods]
        written = [owner["manager"] for pod in pods for owner in pod.read()["metadata"]["managedFields"]]
        assert written.count("modelserver-operator") == 2
        looked_at_again(world, operator)
        versions = {**world.versions(), ("ModelServer", "demo"): ""}
        assert versions == {**before[0], ("ModelServer", "demo"): ""}
        assert [pod.read()["metadata"]["resourceVersion"] for pod in pods] == before[1]


def test_what_a_pod_refuses_is_told_in_its_words(world: World, pod: SteeredPod) -> None:
    before = live_of(world, pod)
    world.make_server(replicas=1, emotions=emotions(0.9))
    told(world, "EmotionsPending")
    pod.steers(before, refused={"live_sha256": digest(live_of(world, pod)), "sentence": SENTENCE})
    assert told(world, "EmotionsRefused")["message"].endswith(f"says why: {SENTENCE}")
    assert world.condition("demo", "Available")["status"] == "True"
    eventually(lambda: ("Warning", "EmotionsRefused") in events(world), "an Event warns")
    world.make_server(replicas=1, emotions=emotions())
    pod.steers(before)
    world.wait_for("demo", "Ready", "True")


def test_pods_with_other_vectors_are_named(world: World) -> None:
    with placed(world, 2) as (one, other):
        one.steers(live_of(world, one))
        other.steers(live_of(world, other), vectors="2")
        with one.listening(), other.listening():
            for pod in (one, other):
                pod.becomes_ready()
            message = eventually(lambda: told(world, "EmotionsDiffer"), "they differ")["message"]
            assert f"Pods {one.name} and {other.name} do not steer alike (happiness)" in message
            other.steers(live_of(world, other))
            world.wait_for("demo", "Ready", "True")


def test_a_pod_that_cannot_be_asked_holds_up_no_other_server(world: World) -> None:
    with placed(world, 1) as (pod,):
        pod.steers(live_of(world, pod))
        with pod.listening():
            pass  # it has an address now, and nobody is there
        pod.becomes_ready()
        assert pod.address in told(world, "EmotionsUnknown")["message"]
        assert world.condition("demo", "Progressing")["status"] == "False"
        try:
            world.make_class(OTHER + world.namespace)
            world.make_server("plain", className=OTHER + world.namespace)
            world.wait_for("plain", "Ready", "True")
        finally:
            world.kube.delete("ModelServerClass", OTHER + world.namespace)


def annotates(world: World, pod: SteeredPod) -> None:
    """What the operator would do."""
    world.kube.patch("Pod", pod.name, world.namespace, {"metadata": {"annotations": {"probe": "1"}}})


def test_a_retune_comes_without_the_annotation_where_a_policy_refuses_it(
    world: World, operator: Operator, pod: SteeredPod
) -> None:
    rule = {"apiGroups": [""], "resources": ["pods"], "operations": ["UPDATE"]}
    validation = {"expression": "false", "message": "Pods stay as they are"}
    with policy(world, rule, validation, probe=lambda: annotates(world, pod)):
        world.make_server(replicas=1, emotions=emotions(0.7))
        told(world, "EmotionsPending")
        complaint = f"{pod.name}: its kubelet cannot be told of a change"
        eventually(lambda: complaint in operator.said(), "the log says so")
        looked_at_again(world, operator)
        assert operator.said().count(complaint) == 1
        pod.steers(live_of(world, pod))
        world.wait_for("demo", "Ready", "True")
        assert pod.annotation() is None


def test_a_paused_server_is_not_retuned(world: World, pod: SteeredPod) -> None:
    before = live_of(world, pod)
    world.make_server(replicas=1, emotions=emotions(0.9), paused=True)
    world.wait_for("demo", "EmotionsLive", "False", "Paused")
    assert (live_of(world, pod), pod.annotation()) == (before, None)
