"""Rollouts where every accelerator is taken: nothing waits for ever, and of the pods that serve one at a time is away.

It takes half a minute until the operator believes that nothing moves: what waits for that is long.
"""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from tests.autoscaling.background import Background
from tests.autoscaling.fleet import Fleet, addresses
from tests.controlplane.kube import Kube, eventually
from tests.controlplane.pools import NODE, Pool, filled, pool, pools_node
from tests.controlplane.process import Operator
from tests.controlplane.world import World
from tools.devcluster.cluster import Cluster

POOLS = {"short": 2, "scaled": 4, "only": 1, "surging": 1, "draining": 3, "moving": 2}
LOOKS = 5
Pools = dict[str, Pool]


@pytest.fixture(scope="module")
def fleet(cluster: Cluster, kube: Kube, background: Background) -> Iterator[Fleet]:
    """The pods of the node with the pools."""
    kube.apply(pools_node(POOLS))
    with Fleet(kube, NODE, addresses(cluster.gateway), background) as fleet:
        yield fleet
    kube.delete("Node", NODE)


@pytest.fixture(scope="module")
def pools(shared_world: World, fleet: Fleet, background: Background) -> Iterator[Pools]:
    """A server on each."""
    with ExitStack() as stack:
        made = {
            name: stack.enter_context(pool(shared_world, fleet, background, name, size)) for name, size in POOLS.items()
        }
        yield made
        for each in made.values():
            shared_world.kube.delete("ModelServer", each.name, shared_world.namespace)
        fleet.finish_all(shared_world.namespace)
        eventually(lambda: not shared_world.kube.list("Pod", shared_world.namespace), "all pods have ended")


@pytest.fixture(scope="module")
def crowded(pools: Pools, operator: Operator) -> dict[str, str]:
    """Two servers that want more pods than there is room for change their model; the hashes of their templates before.

    One was asked for three pods and has room for two. A scaler wants eight of the other, of which four have room.
    """
    short, scaled = pools["short"], pools["scaled"]
    short.asks(replicas=3)
    scaled.asks(autoscaling={"maxReplicas": 8})
    scaled.world.wait_for(scaled.name, "Ready", "True")
    scaled.scale(8)
    before = {"short": filled(short, waiting=1), "scaled": filled(scaled, waiting=4)}
    for each in (short, scaled):
        each.fleet.server(each.world.namespace, each.name).start_seconds = 0.3
    short.asks(replicas=3, path="other")
    scaled.asks(autoscaling={"maxReplicas": 8}, path="other")
    return before


@pytest.fixture(scope="module")
def drained(pools: Pools, operator: Operator) -> str:
    """Room for all three pods of a server; the first that goes drains for as long as the other tests run."""
    made = pools["draining"]
    made.asks(replicas=3)
    before = filled(made)
    made.fleet.server(made.world.namespace, made.name).drains = True
    for pod in made.fleet.pods(made.world.namespace, made.name):
        pod.own = 1
    made.asks(replicas=3, path="other")
    eventually(lambda: len(made.leaving()) == 1, "one drains")
    return before


def test_who_drains_is_waited_for(pools: Pools, drained: str) -> None:
    made = pools["draining"]
    condition = made.world.wait_for(made.name, "Ready", "False", "Draining")
    assert made.leaving()[0]["metadata"]["name"] in condition["message"]


@pytest.mark.usefixtures("drained")
def test_the_only_pod_makes_room_for_its_successor(pools: Pools) -> None:
    made = pools["only"]
    made.asks()
    before = filled(made)
    made.asks(path="other")
    eventually(lambda: made.is_new(before), "the new one serves")
    assert made.away.seen == [1]


@pytest.mark.usefixtures("drained")
def test_surge_waits_and_says_for_what(pools: Pools) -> None:
    made = pools["surging"]
    made.asks(rollout={"strategy": "Surge"})
    before = filled(made)
    made.asks(rollout={"strategy": "Surge"}, path="other")
    condition = made.world.wait_for(made.name, "Ready", "False", "Unschedulable")
    assert "example.com/surging" in condition["message"]
    assert "rollout.strategy" in condition["message"]
    made.asks(rollout={"strategy": "Replace"}, path="other")
    eventually(lambda: made.is_new(before), "the new one serves")
    made.world.wait_for(made.name, "Ready", "True")


@pytest.mark.usefixtures("drained")
def test_an_impossible_change_takes_one_pod_away_at_most(pools: Pools) -> None:
    """No node has as many accelerators as each new pod asks for: that an old one goes helps none of them."""
    made = pools["moving"]
    made.asks(replicas=2)
    filled(made)
    made.asks(replicas=2, accelerators={"count": 3, "tensorParallelSize": 3})
    made.world.wait_for(made.name, "Ready", "False", "Unschedulable")


@pytest.mark.long
def test_more_pods_than_room_are_all_replaced_one_at_a_time(
    pools: Pools, crowded: dict[str, str], operator: Operator
) -> None:
    made = pools["short"]
    eventually(lambda: made.is_new(crowded["short"]), "both are new")
    assert min(made.serving.seen) == 1
    eventually(lambda: made.away.seen[-1] == 1, "one at a time, as ever")
    assert max(made.away.seen) == 2
    made.world.wait_for(made.name, "Ready", "False", "Unschedulable")  # the third never had room


@pytest.mark.long
def test_what_a_scaler_wants_beyond_the_pool_stops_no_rollout(
    pools: Pools, crowded: dict[str, str], operator: Operator
) -> None:
    """The operator is killed in the middle."""
    made = pools["scaled"]
    eventually(lambda: max(made.away.seen) == 5, "room is made")
    operator.kill()
    operator.start()
    eventually(lambda: made.is_new(crowded["scaled"]), "all four are new")
    assert min(made.serving.seen) == 3
    eventually(lambda: made.away.seen[-1] == 1, "one at a time, as ever")
    assert max(made.away.seen) == 5
    made.world.wait_for(made.name, "Ready", "True")


def looked_at(made: Pool, operator: Operator, number: int) -> None:
    """Have its pod that finds no room change, and the operator see that."""

    def passes() -> float:
        return operator.metrics()["modelserver_operator_reconcile_seconds_count"]

    waiting, done = next(pod for pod in made.pods() if "nodeName" not in pod["spec"]), passes()
    touched = {"metadata": {"labels": {"seen": str(number)}}}
    made.world.kube.patch("Pod", waiting["metadata"]["name"], made.world.namespace, touched)
    eventually(lambda: passes() > done, "it was looked at")


@pytest.mark.long
def test_a_settled_server_is_not_written(pools: Pools, operator: Operator) -> None:
    """With a pod that finds no room for ever, too. What its rollout has left to say may come late: a look that finds it
    begins anew, and one that writes itself would for ever."""
    made = pools["short"]

    def is_let_be() -> bool:
        before = made.world.versions(made.name)
        for number in range(LOOKS):
            looked_at(made, operator, number)
        return made.world.versions(made.name) == before

    eventually(is_let_be, f"nothing is written while it is looked at {LOOKS} times")


@pytest.mark.long
@pytest.mark.usefixtures("crowded")
def test_a_turn_ends_though_a_pod_finds_no_room(pools: Pools) -> None:
    """Else no other server of the class would ever follow it."""
    made = pools["short"]
    before = made.template()
    made.make_class(image="registry.example.com/runtime:2")
    eventually(lambda: "classRollout" in made.world.server(made.name)["status"], "it has its turn")
    eventually(lambda: made.is_new(before), "both are new")
    eventually(lambda: "classRollout" not in made.world.server(made.name)["status"], "its turn is over")


@pytest.mark.long
def test_nothing_was_added_where_there_was_room(pools: Pools, drained: str) -> None:
    """The long drain is over. The tests before this one have taken longer than the operator waits before it adds."""
    made, moving = pools["draining"], pools["moving"]
    assert len(made.leaving()) == 1
    made.fleet.finish_all(made.world.namespace)
    eventually(lambda: made.is_new(drained), "all three are new")
    assert min(made.serving.seen) == 2
    assert min(moving.serving.seen) == 1
    assert (made.away.seen, moving.away.seen) == ([1], [1])
