"""What a real operator's metrics say of what it does to a real API server."""

import time
from collections.abc import Callable

from tests.controlplane.kube import eventually
from tests.controlplane.process import Operator
from tests.controlplane.world import World

Make = Callable[..., Operator]
PREFIX = "modelserver_operator"


def calls(operator: Operator) -> dict[tuple[str, str], float]:
    """By verb and HTTP status."""
    found = {}
    for name, value in operator.metrics().items():
        if name.startswith(f"{PREFIX}_api_requests_total{{"):
            code, verb = (part.partition("=")[2].strip('"') for part in name.partition("{")[2].strip("}").split(","))
            found[verb, code] = value
    return found


def value(operator: Operator, name: str) -> float:
    return operator.metrics()[f"{PREFIX}_{name}"]


def idle(operator: Operator) -> dict[str, float] | None:
    """Its own metrics, all of one scrape, if nobody waits then, and the pass that has told of the server is over, as an
    earlier one is; by their names without what all begin with."""
    found = {name.removeprefix(f"{PREFIX}_"): value for name, value in operator.metrics().items()}
    return found if found["queue_depth"] == 0 and found["reconcile_seconds_count"] >= 2 else None


def test_they_tell_what_it_does(world: World, own_operator: Make) -> None:
    begun = time.time()
    operator = own_operator().start()
    world.serve()
    found = eventually(lambda: idle(operator), "some passes are over, and nobody waits")
    assert found["queue_oldest_seconds"] == 0
    assert found["leader"] == 1, "without an election who runs leads"
    assert begun <= found["last_resync_timestamp_seconds"] <= time.time()
    assert found['reconcile_seconds_bucket{le="+Inf"}'] == found["reconcile_seconds_count"]
    made = calls(operator)
    assert made["APPLY", "201"] >= 5, "a child each, at least"
    assert made["APPLY", "200"] >= 1, "the status"
    assert made["GET", "200"] > 0
    assert made["GET", "404"] > 0, "what was not there at first"
    assert made["LIST", "200"] > 0
    assert made["POST", "201"] >= 1, "an Event"
    assert made["WATCH", "200"] >= 5, "kopf's, too"


def test_a_repair_is_counted(world: World, own_operator: Make) -> None:
    operator = own_operator().start()
    world.serve()
    eventually(lambda: value(operator, "queue_depth") == 0, "nobody waits")
    repairs = value(operator, "drift_repairs_total")
    selector = world.child("Service")["spec"]["selector"]
    changed = selector | {"app.kubernetes.io/instance": "another"}
    world.kube.patch("Service", "demo", world.namespace, {"spec": {"selector": changed}})
    eventually(lambda: world.child("Service")["spec"]["selector"] == selector, "it is put back")
    eventually(lambda: value(operator, "drift_repairs_total") == repairs + 1, "one repair")
    assert value(operator, "contested") == 0


def test_the_operator_s_own_do_not_grow_with_the_number_of_servers(world: World, own_operator: Make) -> None:
    operator = own_operator().start()
    world.serve("one")
    before = own(operator)
    for name in ("two", "three", "four"):
        world.make_server(name)
        world.wait_for(name, "Ready", "True")
    assert {name for name in own(operator) - before if "api_requests" not in name} == set()


def test_how_a_server_stands_is_told_until_it_is_gone(world: World, own_operator: Make) -> None:
    operator = own_operator().start()
    world.serve(replicas=2)
    place = f'modelserver="demo",namespace="{world.namespace}"'
    labels = f'{{{place},reason="Ready",type="Ready"}}'
    eventually(lambda: operator.metrics().get(f"modelserver_condition{labels}") == 1, "it is told to be ready")
    assert operator.metrics()[f"modelserver_wanted_replicas{{{place}}}"] == 2
    assert operator.metrics()[f"modelserver_ready_replicas{{{place}}}"] == 2
    world.kube.delete("ModelServer", "demo", world.namespace)
    eventually(lambda: not [name for name in operator.metrics() if world.namespace in name], "nothing is told of it")


def own(operator: Operator) -> set[str]:
    """The series about the operator itself."""
    return {name for name in operator.metrics() if name.startswith((PREFIX, "process_"))}
