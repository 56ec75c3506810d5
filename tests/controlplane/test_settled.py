"""Where all is as wished nothing is written: not by an operator that starts, nor by two that should be one."""

from collections.abc import Callable

from tests.controlplane.kube import eventually
from tests.controlplane.process import Operator
from tests.controlplane.world import World

Make = Callable[..., Operator]


def passes(operator: Operator) -> float:
    return operator.metrics().get("modelserver_operator_reconcile_seconds_count", 0)


def writes(operator: Operator) -> float:
    calls = {
        name: n for name, n in operator.metrics().items() if name.startswith("modelserver_operator_api_requests_total")
    }
    return sum(n for name, n in calls.items() if not any(verb in name for verb in ('"GET"', '"LIST"', '"WATCH"')))


def settled(world: World, *operators: Operator) -> dict[tuple[str, str], str]:
    """What there is, once each operator has looked at it twice without anything changing."""

    def quiet() -> dict[tuple[str, str], str] | None:
        before, start = world.versions(), [passes(operator) for operator in operators]
        eventually(lambda: all(passes(each) >= n + 2 for each, n in zip(operators, start, strict=True)), "two passes")
        return before if world.versions() == before else None

    return eventually(quiet, "nothing changes any more")


def test_an_operator_that_starts_writes_nothing(world: World, own_operator: Make) -> None:
    first = own_operator(resync_seconds=1).start()
    world.serve(replicas=2)
    before = settled(world, first)
    first.kill()
    second = own_operator(resync_seconds=1).start()
    eventually(lambda: passes(second) >= 3, "three passes")
    assert world.versions() == before
    assert writes(second) == 0


def test_two_operators_by_mistake_do_no_harm(world: World, own_operator: Make) -> None:
    operators = [own_operator(resync_seconds=1).start() for _ in range(2)]
    world.serve(replicas=2)
    before = settled(world, *operators)
    written = sum(map(writes, operators))
    seen = [passes(operator) for operator in operators]
    eventually(lambda: all(passes(each) >= n + 3 for each, n in zip(operators, seen, strict=True)), "three more passes")
    assert world.versions() == before
    assert sum(map(writes, operators)) == written

    world.kube.delete("Service", "demo", world.namespace)
    eventually(lambda: world.kube.get("Service", "demo", world.namespace), "the Service is there again")
    world.make_server(engine={"maxSequences": 3})
    world.wait_for("demo", "Ready", "True")
    settled(world, *operators)
    assert [operator.running() for operator in operators] == [True, True]


def test_two_operators_that_disagree_stop_fighting(world: World, own_operator: Make) -> None:
    """They want different NetworkPolicies, and so say different things of the same ModelServer."""
    operators = [own_operator(resync_seconds=1, monitoring_namespaces=[name]).start() for name in ("one", "two")]
    world.serve()
    warned = "its status was overwritten"
    eventually(lambda: any(warned in operator.said() for operator in operators), "one leaves the status to the other")
    settled(world, *operators)
    # Each repairs the policy five times and the status five times, with an Event for each, and makes the rest.
    made = len(world.made())
    assert sum(map(writes, operators)) <= len(operators) * (5 + 2 * (5 + made))
    assert all(operator.said().count(warned) <= 1 for operator in operators)
    assert [operator.running() for operator in operators] == [True, True]
