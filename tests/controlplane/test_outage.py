"""The API server goes away, and comes back: one outage for all operators, in the order of these tests."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.controlplane.conftest import RELEASE_NAMESPACE
from tests.controlplane.kube import Kube, eventually
from tests.controlplane.process import Operator
from tests.controlplane.test_leader import LEASE, SHORT, leads
from tests.controlplane.world import World, world_in
from tools.devcluster.cluster import Cluster


class Served(NamedTuple):
    """An operator, and the world that it serves."""

    operator: Operator
    world: World


class Outage(NamedTuple):
    """Who lives through it: one without an election, and one that holds the Lease."""

    lone: Served
    leader: Served


@pytest.fixture(scope="module")
def make(
    as_account: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Operator]]:
    """Makes operators, not yet started; what still runs afterwards is killed."""
    folder, made = tmp_path_factory.mktemp("outage"), list[Operator]()
    kubeconfig = as_account("modelserver")  # now, while somebody answers

    def one(**settings: Any) -> Operator:
        made.append(Operator(kubeconfig, folder / f"operator-{len(made)}.log", **settings))
        return made[-1]

    yield one
    for operator in made:
        operator.kill()
        print(operator.log.read_text())


@pytest.fixture(scope="module")
def before(kube: Kube, make: Callable[..., Operator]) -> Iterator[Outage]:
    """All is well."""
    with world_in(kube, "lone") as first, world_in(kube, "leader") as second:
        kube.delete("Lease", LEASE, RELEASE_NAMESPACE)
        lone = make(namespaces=[first.namespace], log_format="json").start()
        leader = make(namespaces=[second.namespace], pod_namespace=RELEASE_NAMESPACE, lease=SHORT).start()
        eventually(partial(leads, leader), "it leads")
        first.serve()
        second.serve()
        first.make_server("classless", className="none")
        first.wait_for("classless", "Ready", "False", "ClassNotFound")
        yield Outage(Served(lone, first), Served(leader, second))
        kube.delete("Lease", LEASE, RELEASE_NAMESPACE)


@pytest.fixture(scope="module")
def outage(cluster: Cluster, kube: Kube, before: Outage) -> Iterator[Outage]:
    """From here on nobody answers, until `after`."""
    cluster.stop_apiserver()
    yield before
    cluster.start_apiserver()  # changes nothing where it runs again
    kube.reconnect()


@pytest.fixture(scope="module")
def after(cluster: Cluster, kube: Kube, outage: Outage) -> Outage:
    """From here on it answers again, to a leader that a kubelet has started anew."""
    outage.leader.operator.wait()
    eventually(partial(has_noticed, outage.lone), "the outage is noticed")
    cluster.start_apiserver()
    kube.reconnect()
    outage.leader.operator.start()
    return outage


def has_noticed(served: Served) -> bool:
    return "will retry" in served.operator.said()


def test_a_signal_ends_one_that_waits_for_the_cluster(outage: Outage, make: Callable[..., Operator]) -> None:
    operator = make()
    operator.launch()
    eventually(lambda: operator.probe("/livez") == 200, "it lives without a cluster")
    assert operator.probe("/readyz") == 503
    assert operator.stop() == 0


def test_who_holds_the_lease_ends(outage: Outage) -> None:
    assert outage.leader.operator.wait() == 1
    assert "LeaseLostError" not in outage.leader.operator.said(), "a sentence, and no traceback of it"


def test_who_needs_no_lease_lives_on(outage: Outage) -> None:
    eventually(partial(has_noticed, outage.lone), "the outage is noticed")
    assert outage.lone.operator.probe("/livez") == 200


def test_afterwards_all_goes_on(after: Outage) -> None:
    """By what the operator does itself: Kubernetes' own controllers may look again half a minute later."""
    operator, world = after.lone
    world.make_server(replicas=2)
    eventually(lambda: world.child("Deployment")["spec"]["replicas"] == 2, "the server's watch works again")
    world.kube.delete("Service", "demo", world.namespace)
    eventually(lambda: world.kube.get("Service", "demo", world.namespace), "the children's watches, too")
    assert operator.running()


def test_afterwards_a_new_process_leads(after: Outage) -> None:
    operator, world = after.leader
    eventually(partial(leads, operator), "it leads again")
    world.make_server("later")
    world.wait_for("later", "Reconciled", "True")


def test_json_logs_are_an_object_a_line(after: Outage) -> None:
    """Ours and kopf's, which has told of watches that broke off: the last test here, since it ends the operator.

    What Python says after the last line, of connections that were still closing, is no log: warnings are off elsewhere.
    """
    operator = after.lone.operator
    assert operator.stop() == 0
    spoken, last, _ = operator.said().partition('"message": "stopped"}')
    assert last
    lines = [json.loads(line) for line in (spoken + last).split("\n")]
    assert all({"time", "level", "logger", "message"} <= set(line) for line in lines)
    assert {"kopf", "modelserver_operator"} <= {line["logger"].partition(".")[0] for line in lines}
    assert any("ClassNotFound" in line["message"] for line in lines)
