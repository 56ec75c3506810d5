"""What pods start from stays as long as they may start again, and what others change is put back and said."""

from collections.abc import Callable

import pytest
from tests.controlplane.kube import Manifest, eventually
from tests.controlplane.process import Operator
from tests.controlplane.world import World

Make = Callable[..., Operator]

HUGE = {"cpu": "999"}  # a pod that no node has room for
SERVERS = ("first", "second")


def configs(world: World, name: str) -> set[str]:
    """The ConfigMaps that the server's pods mount; those that are to end do not start again."""
    staying = [pod for pod in world.pods(name) if "deletionTimestamp" not in pod["metadata"]]
    volumes = [volume for pod in staying for volume in pod["spec"]["volumes"]]
    return {volume["configMap"]["name"] for volume in volumes if "configMap" in volume}


def looked_at(operator: Operator, times: int = 2) -> None:
    """Wait until the operator has made some passes, which nothing but its resync asks for."""

    def passes() -> float:
        return operator.metrics().get("modelserver_operator_reconcile_seconds_count", 0)

    before = passes()
    eventually(lambda: passes() >= before + times, "it has looked")


def has_both(world: World, name: str, before: set[str]) -> bool:
    """Whether pods of an older and of a newer start config are there."""
    return before < configs(world, name)


@pytest.mark.long
def test_an_old_pod_can_start_again_in_the_middle_of_a_rollout(world: World, own_operator: Make) -> None:
    """While it goes on, is paused, or is left for another, which lets the next of the class roll; over the operator's
    end, too."""
    operator = own_operator(resync_seconds=1).start()
    world.make_class()
    for name in SERVERS:
        world.make_server(name)
    for name in SERVERS:
        world.wait_for(name, "Ready", "True")
    before = {name: configs(world, name) for name in SERVERS}
    world.make_class(resources=HUGE, engine={"arguments": {"seed": "1"}})
    eventually(lambda: any(has_both(world, name, before[name]) for name in SERVERS), "one rolls")
    (rolling,) = (name for name in SERVERS if has_both(world, name, before[name]))

    def all_can_start() -> None:
        looked_at(operator, 2 * len(SERVERS))
        for name in SERVERS:
            assert before[name] <= configs(world, name) <= world.config_maps(name)

    all_can_start()
    world.make_server(rolling, paused=True)
    world.wait_for(rolling, "Ready", "False", "Paused")
    operator.kill()
    operator.start()
    all_can_start()
    world.make_server(rolling, engine={"maxSequences": 3})
    world.wait_for(rolling, "Ready", "False", "Unschedulable")
    all_can_start()

    world.make_class()
    for name in SERVERS:
        world.wait_for(name, "Ready", "True")
    assert not before[rolling] & configs(world, rolling)


def change(world: World, manager: str) -> None:
    """Change a field of the Deployment that is the operator's."""
    place = f"/apis/apps/v1/namespaces/{world.namespace}/deployments/demo"
    patch, content = {"spec": {"revisionHistoryLimit": 7}}, {"Content-Type": "application/merge-patch+json"}
    world.kube.raw("PATCH", place, json=patch, params={"fieldManager": manager}, headers=content).raise_for_status()
    eventually(lambda: world.child("Deployment")["spec"]["revisionHistoryLimit"] == 2, "it is put back")


def test_a_repair_is_an_event_that_names_object_field_and_writer(world: World, own_operator: Make) -> None:
    """One for each object and minute: the log has all."""
    operator = own_operator().start()
    server = world.serve()
    for _ in range(3):
        change(world, "tuner")
    world.kube.delete("Service", "demo", world.namespace)
    eventually(lambda: world.kube.get("Service", "demo", world.namespace), "it is made again")

    def repaired() -> list[Manifest]:
        return [each for each in world.kube.list("Event", world.namespace) if each["reason"] == "Repaired"]

    eventually(lambda: len(repaired()) == 2, "Events tell")
    one, other = sorted(repaired(), key=lambda each: str(each["note"]))
    assert one["note"] == "Service demo was deleted and is made again."
    assert other["note"] == "spec.revisionHistoryLimit of Deployment demo was changed by tuner and is put back."
    assert {each["regarding"]["uid"] for each in (one, other)} == {server["metadata"]["uid"]}
    assert operator.said().count("was changed by tuner") == 3
