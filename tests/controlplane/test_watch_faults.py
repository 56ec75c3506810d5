"""What is wrong on the way to the API server: watches that lie or end, writes that are refused or whose answer is lost.

After each the cluster is as wished long before the next resync, five minutes later, and drift is still noticed.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from tests.controlplane.fault_proxy import Asked, FaultProxy
from tests.controlplane.kube import Manifest, eventually
from tests.controlplane.process import Operator
from tests.controlplane.world import World

SERVICES = "/services"


@pytest.fixture(scope="module")
def proxy(as_account: Callable[[str], Path]) -> Iterator[FaultProxy]:
    with FaultProxy(as_account("modelserver")).running() as proxy:
        yield proxy


@pytest.fixture(scope="module")
def operator(proxy: FaultProxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    folder = tmp_path_factory.mktemp("proxied")
    operator = Operator(proxy.kubeconfig(folder), folder / "operator.log")
    with operator.at_work():
        yield operator


@pytest.fixture(scope="module")
def served(operator: Operator, shared_world: World) -> World:
    shared_world.serve()
    return shared_world


def error(code: int, reason: str) -> Manifest:
    """As an API server puts it into a watch; 410 after the events that the watch goes on from were compacted."""
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": "-"}
    return {"type": "ERROR", "object": status}


def remade(world: World, name: str = "demo") -> Manifest | None:
    """The Service, unless it is not there or on its way out."""
    found = world.kube.get("Service", name, world.namespace)
    return found if found and "deletionTimestamp" not in found["metadata"] else None


def drifts(world: World, name: str = "demo") -> Manifest:
    """Delete the Service, and wait for another."""
    world.kube.delete("Service", name, world.namespace)
    return eventually(partial(remade, world, name), "drift is repaired")


def is_quiet(operator: Operator) -> Callable[[], bool]:
    """Asks whether there was no pass for a second: all that has happened was looked at."""
    seen, since = -1.0, time.monotonic()

    def look() -> bool:
        nonlocal seen, since
        passes = operator.metrics()["modelserver_operator_reconcile_seconds_count"]
        if passes != seen:
            seen, since = passes, time.monotonic()
        return time.monotonic() - since > 1

    return look


def deleted_unseen(operator: Operator, proxy: FaultProxy, served: World) -> str:
    """A server whose Service goes without any watch being told; its name."""
    name = f"unseen-{len(proxy.swallowed)}"
    served.serve(name)
    eventually(is_quiet(operator), "nothing else will look at it")
    proxy.swallow(SERVICES, "DELETED", name)
    served.kube.delete("Service", name, served.namespace)
    eventually(lambda: name in [each["metadata"]["name"] for each in proxy.swallowed], "the event is swallowed")
    assert remade(served, name) is None, "nothing else has told of it"
    return name


def test_what_a_watch_has_missed_is_made_good_when_it_begins_anew(
    operator: Operator, proxy: FaultProxy, served: World
) -> None:
    name = deleted_unseen(operator, proxy, served)
    assert proxy.inject(SERVICES, error(410, "Expired")) == 1
    eventually(partial(remade, served, name), "the Service is there again")
    drifts(served)
    assert operator.running()


def test_a_server_that_was_deleted_unseen_is_forgotten(operator: Operator, proxy: FaultProxy, served: World) -> None:
    """What is remembered of it, such as its turn to roll, must not be kept until the next resync.

    Its class is missing, so it has no children whose events would tell of it.
    """
    served.make_server("gone", className="none")
    served.wait_for("gone", "Ready", "False", "ClassNotFound")
    eventually(is_quiet(operator), "nothing else will look at it")
    proxy.swallow("/modelservers", "DELETED", "gone")
    served.kube.delete("ModelServer", "gone", served.namespace)
    eventually(lambda: "gone" in [each["metadata"]["name"] for each in proxy.swallowed], "the event is swallowed")
    assert not proxy.read("/modelservers/gone", 404)
    assert proxy.inject("/modelservers", error(410, "Expired")) == 2  # kopf's watch, and that of the loads
    eventually(lambda: proxy.read("/modelservers/gone", 404), "it is looked at once more")
    assert operator.running()


def in_stream(proxy: FaultProxy) -> None:
    assert proxy.inject(SERVICES, error(500, "InternalError")) == 1


def as_answer(proxy: FaultProxy) -> None:
    """To the watch that follows one which breaks off."""
    proxy.answer("WATCH", SERVICES, 410)
    assert proxy.cut(SERVICES) == 1


# That either ends the process is kopf's; what is shown here is the same for both.
@pytest.mark.parametrize("fail", [in_stream, pytest.param(as_answer, marks=pytest.mark.long)])
def test_what_kopf_cannot_go_on_from_ends_the_process_and_nothing_is_lost(
    operator: Operator, proxy: FaultProxy, served: World, fail: Callable[[FaultProxy], None]
) -> None:
    """Crash only: the process ends with 1, a kubelet starts it again (here: the test), and each start is a resync."""
    name = deleted_unseen(operator, proxy, served)
    fail(proxy)
    assert operator.wait() == 1
    operator.start()
    eventually(partial(remade, served, name), "the Service is there again")
    drifts(served)


def test_a_write_that_is_put_off_is_made_later_and_once(operator: Operator, proxy: FaultProxy, served: World) -> None:
    statuses = {"demo-429": 429, "demo-500": 500, "demo-503": 503}
    for name in statuses:
        served.make_server(name)
    for name in statuses:
        served.wait_for(name, "Ready", "True")
    before = {name: len(proxy.written(f"{SERVICES}/{name}")) for name in statuses}
    for name, status in statuses.items():
        proxy.answer("PATCH", f"{SERVICES}/{name}", status, **{"Retry-After": "1"})
        served.kube.delete("Service", name, served.namespace)
    for name, status in statuses.items():
        eventually(partial(remade, served, name), "drift is repaired")
        served.wait_for(name, "Reconciled", "True")
        (refused,) = proxy.refused(f"{SERVICES}/{name}")
        (written,) = eventually(partial(written_since, proxy, name, before[name]), "the proxy has its answer, too")
        assert refused.status == status
        assert written.at - refused.at >= 1, "later, as the server has asked"
        drifts(served, name)
    assert operator.running()


def written_since(proxy: FaultProxy, name: str, before: int) -> list[Asked]:
    """The writes of the Service, but for so many."""
    return proxy.written(f"{SERVICES}/{name}")[before:]


def test_a_write_whose_answer_is_lost_is_not_made_again(operator: Operator, proxy: FaultProxy, served: World) -> None:
    deployments = "/deployments/demo"
    before, writes = served.child("Deployment"), len(proxy.written(deployments))
    proxy.lose_answer("PATCH", deployments)
    served.make_server(engine={"maxSequences": 3})
    served.wait_for("demo", "Ready", "True")
    after = served.child("Deployment")
    assert after["metadata"]["generation"] == before["metadata"]["generation"] + 1, "one rollout"
    assert len(proxy.written(deployments)) == writes + 1

    services = f"{SERVICES}/demo"
    writes = len(proxy.written(services))
    proxy.lose_answer("PATCH", services)
    made = drifts(served)
    served.make_server(engine={"maxSequences": 4})
    served.wait_for("demo", "Ready", "True")
    assert served.child("Service")["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]
    assert len(proxy.written(services)) == writes + 1
    drifts(served)
    assert operator.running()
