"""A changed class rolls the servers that serve a few at a time, and waits for one to serve before the next."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from functools import partial

import pytest
from tests.autoscaling.background import Background
from tests.controlplane.broken import plain_pod
from tests.controlplane.kube import API, Manifest, eventually
from tests.controlplane.policy import policy
from tests.controlplane.process import Operator
from tests.controlplane.witness import Witness
from tests.controlplane.world import SMALL, World

Make = Callable[..., Operator]

SERVERS = ("demo-1", "demo-2", "demo-3")
HUGE = {"cpu": "999"}  # a pod that no node has room for


def serve_all(world: World) -> None:
    world.make_class()
    for name in SERVERS:
        world.make_server(name)
    for name in SERVERS:
        world.wait_for(name, "Ready", "True")


def rolling(world: World) -> list[str]:
    return [name for name in SERVERS if "classRollout" in world.server(name).get("status", {})]


def waiting(world: World, *names: str) -> list[str]:
    conditions = {name: world.condition(name, "Progressing") for name in names or SERVERS}
    return [name for name, condition in conditions.items() if condition.get("reason") == "WaitingForTurn"]


def images(world: World) -> set[str]:
    return {pod["spec"]["containers"][0]["image"] for name in SERVERS for pod in world.pods(name)}


def are_whole(witnesses: list[Witness], moment: int) -> bool:
    return not any(each.missing(moment) for each in witnesses)


def cpu(deployment: Manifest) -> str:
    requests = deployment["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]
    return str(requests["cpu"])


def no_new_pods(world: World) -> AbstractContextManager[None]:
    """Until the block ends, whoever is to have pods has none but those that there are."""

    def create() -> None:
        world.kube.create(plain_pod(world), dry_run=True)

    rule = {"apiGroups": [""], "resources": ["pods"], "operations": ["CREATE"]}
    validation = {"expression": "false", "message": "not now"}
    return policy(world, rule, validation, probe=create)


def test_a_class_that_breaks_its_servers_breaks_one(world: World, own_operator: Make) -> None:
    operator = own_operator().start()
    serve_all(world)
    world.make_class(resources=HUGE)
    eventually(lambda: len(rolling(world)) == 1 and len(waiting(world)) == 2, "one rolls and two wait")
    (first,) = rolling(world)
    eventually(lambda: cpu(world.child("Deployment", first)) == HUGE["cpu"], "it is as the class says")
    told = world.condition(waiting(world)[0], "Progressing")
    assert told["status"] == "True"
    assert f"{world.namespace}/{first}" in told["message"]

    # Who rolls is remembered over the operator's end, and who waits has the class that it had.
    operator.kill()
    operator.start()
    eventually(
        lambda: operator.metrics()["modelserver_operator_reconcile_seconds_count"] >= len(SERVERS), "all were looked at"
    )
    assert rolling(world) == [first]
    assert len(waiting(world)) == 2
    for name in set(SERVERS) - {first}:
        assert cpu(world.child("Deployment", name)) == SMALL["cpu"]
        assert world.server(name)["status"]["classGeneration"] == 1

    # Who waits can have more pods, of those that it has.
    asked = waiting(world)[0]
    world.make_server(asked, replicas=2)
    eventually(lambda: world.child("Deployment", asked)["spec"]["replicas"] == 2, "it is scaled")
    world.wait_for(asked, "Ready", "True")
    assert cpu(world.child("Deployment", asked)) == SMALL["cpu"]
    assert asked in waiting(world)

    # And a moment without any is no reason to take up the broken class.
    with no_new_pods(world):
        for pod in world.pods(asked):
            world.kube.kill_pod(pod)
        world.wait_for(asked, "Ready", "False")
        assert cpu(world.child("Deployment", asked)) == SMALL["cpu"]
    world.wait_for(asked, "Ready", "True")
    assert cpu(world.child("Deployment", asked)) == SMALL["cpu"]

    # A user who asks for other pods need not wait.
    world.make_server(asked, engine={"maxSequences": 3})
    world.wait_for(asked, "Ready", "False", "Unschedulable")

    # The class mended: who has the turn rolls again, and the others in theirs.
    world.make_class(image="registry.example.com/runtime:2")
    for name in SERVERS:
        world.wait_for(name, "Ready", "True")
    eventually(lambda: images(world) == {"registry.example.com/runtime:2"}, "all run the newest image")
    eventually(lambda: not rolling(world) and not waiting(world), "nobody rolls any more")


def test_one_after_the_other(world: World, background: Background, own_operator: Make) -> None:
    """Everybody's turn comes once, and at that moment all others are whole."""
    own_operator().start()
    with ExitStack() as stack:
        witnesses = {
            name: stack.enter_context(Witness(world.kube, background, world.namespace, name)) for name in SERVERS
        }
        serve_all(world)
        world.make_class(image="registry.example.com/runtime:2")
        eventually(lambda: images(world) == {"registry.example.com/runtime:2"}, "all run the newest image")
        eventually(lambda: all(len(each.rolls()) == 1 for each in witnesses.values()), "everybody is seen to roll")
        for name in SERVERS:
            world.wait_for(name, "Ready", "True")
            eventually(lambda: not rolling(world), "nobody rolls any more")
            assert world.server(name)["status"]["classGeneration"] == 2
        for name, witness in witnesses.items():
            (moment,) = witness.rolls()
            others = [each for other, each in witnesses.items() if other != name]
            eventually(partial(are_whole, others, moment), "all others are seen to be whole then")


def test_a_class_that_is_made_anew_rolls_them_in_turn_too(world: World, own_operator: Make) -> None:
    """Its generation is 1 again, as it was when all was as wished; the same as if an operator made other templates."""
    operator = own_operator().start()
    serve_all(world)
    operator.kill()
    world.kube.delete("ModelServerClass", world.namespace)
    world.make_class(resources=HUGE)
    operator.start()
    # Who has the turn may say so after the others, who know it already.
    eventually(lambda: (len(rolling(world)), len(waiting(world))) == (1, len(SERVERS) - 1), "all but one wait")


def pause(world: World, name: str) -> None:
    world.make_server(name, paused=True)


def delete(world: World, name: str) -> None:
    world.kube.delete("ModelServer", name, world.namespace)


def forbid(world: World, name: str) -> None:
    world.make_server(name, engine={"arguments": {"trust-remote-code": ""}})
    world.wait_for(name, "Ready", "False", "ForbiddenByClass")


def move(world: World, name: str) -> None:
    other = f"{world.namespace}-other"
    world.make_class(other, resources=HUGE)
    world.make_server(name, className=other)


def make_anew(world: World, name: str) -> None:
    delete(world, name)
    world.make_server(name)


# The others end a turn in the same place; tests/unit/operator/test_rolls.py moves one and has one go away.
@pytest.mark.parametrize(
    "end", [forbid, make_anew, *(pytest.param(end, marks=pytest.mark.long) for end in (pause, delete, move))]
)
def test_a_turn_ends_with_what_its_holder_is(
    world: World, own_operator: Make, end: Callable[[World, str], None]
) -> None:
    """Else nobody's turn would come: the class is broken, and no holder of a turn will ever be whole."""
    own_operator().start()
    serve_all(world)
    world.make_class(resources=HUGE)
    eventually(lambda: len(rolling(world)) == 1 and len(waiting(world)) == 2, "one rolls and two wait")
    (first,) = rolling(world)
    others = set(SERVERS) - {first}
    end(world, first)
    eventually(lambda: HUGE["cpu"] in {cpu(world.child("Deployment", name)) for name in others}, "the next rolls")
    world.kube.delete("ModelServerClass", f"{world.namespace}-other")


def test_nobody_waits_for_one_whose_deployment_cannot_be_changed(world: World, own_operator: Make) -> None:
    own_operator(rejected_retry_seconds=1).start()
    serve_all(world)
    stuck = SERVERS[:2]

    def change() -> None:
        metadata = {"name": stuck[0], "namespace": world.namespace, "labels": {"tried": "yes"}}
        world.kube.apply({"apiVersion": API["Deployment"], "kind": "Deployment", "metadata": metadata}, dry_run=True)

    rule = {"apiGroups": ["apps"], "resources": ["deployments"], "operations": ["UPDATE"]}
    validation = {"expression": f"!(object.metadata.name in {list(stuck)})", "message": "it stays"}
    with policy(world, rule, validation, probe=change):
        world.make_class(image="registry.example.com/runtime:2")
        for name in stuck:
            world.wait_for(name, "Reconciled", "False", "RejectedByAPIServer")
        last = SERVERS[-1]
        eventually(lambda: [pod["spec"]["containers"][0]["image"][-1] for pod in world.pods(last)] == ["2"], "it rolls")
    eventually(lambda: images(world) == {"registry.example.com/runtime:2"}, "all run the newest image")
    eventually(lambda: not rolling(world) and not waiting(world), "nobody rolls any more")


def test_who_waits_takes_over_emotions_all_the_same(world: World, own_operator: Make) -> None:
    """Its pods have the live configuration of the class as it was; a class that changes start options makes another."""
    own_operator().start()
    world.make_claim("steering")
    world.make_class()
    vectors = {"vectors": {"persistentVolumeClaim": {"claimName": "steering"}}}
    two = SERVERS[:2]
    for name in two:
        world.make_server(name, emotions=vectors)
        world.wait_for(name, "Available", "True")
    world.make_class(resources=HUGE, engine={"arguments": {"seed": "1"}})
    (asked,) = eventually(lambda: waiting(world, *two), "one waits")
    world.make_server(asked, emotions=vectors | {"perRequest": "Disabled"})

    def retuned() -> bool:
        volumes = {each["name"]: each for each in world.pods(asked)[0]["spec"]["volumes"]}
        config = world.kube.read("ConfigMap", volumes["live"]["configMap"]["name"], world.namespace)
        return "perRequest: Disabled" in config["data"]["live.yaml"]

    eventually(retuned, "the pod that serves is retuned")
    world.wait_for(asked, "Progressing", "True", "WaitingForTurn")
    assert cpu(world.child("Deployment", asked)) == SMALL["cpu"]


def test_who_waits_lets_go_of_its_scaler(world: World, own_operator: Make) -> None:
    """No pod needs it, and it would go on setting another number than the one that is asked for now."""
    own_operator().start()
    world.make_class()
    two = SERVERS[:2]
    for name in two:
        world.make_server(name, autoscaling={"minReplicas": 2, "maxReplicas": 4})
        world.wait_for(name, "Ready", "True")
    world.make_class(resources=HUGE)
    (asked,) = eventually(lambda: waiting(world, *two), "one waits")
    scaler = "HorizontalPodAutoscaler", asked, world.namespace
    assert world.kube.get(*scaler)
    world.make_server(asked, replicas=3)
    eventually(lambda: world.kube.get(*scaler) is None, "its scaler is gone")
    eventually(lambda: world.child("Deployment", asked)["spec"]["replicas"] == 3, "the number is the spec's")
    eventually(lambda: asked in waiting(world, *two), "it still waits")
    assert cpu(world.child("Deployment", asked)) == SMALL["cpu"]
