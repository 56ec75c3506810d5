"""The operator as a process: killed, stopped, idle; each test has an operator of its own."""

import re
import signal
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial

import pytest
from tests.controlplane.conftest import RELEASE_NAMESPACE
from tests.controlplane.kube import Kube, eventually
from tests.controlplane.process import Operator
from tests.controlplane.rights import events
from tests.controlplane.test_drift import SERVERS
from tests.controlplane.world import MADE_KINDS, World
from tools.devcluster.cluster import Cluster

Make = Callable[..., Operator]

# Pods, nodes and leases are written all the time, by others: the operator has no right to write any of them.
WRITTEN_BY_US = ("modelservers", "configmaps", "services", "deployments", "events")
MUTATING = ("APPLY", "PATCH", "POST", "PUT", "DELETE", "DELETECOLLECTION")


def requests(kube: Kube) -> Counter[tuple[str, str]]:
    """How many requests the API server has answered, by verb and resource, whatever the answer was."""
    metrics = kube.raw("GET", "/metrics").text
    counted: Counter[tuple[str, str]] = Counter()
    for labels, value in re.findall(r"^apiserver_request_total\{(.*)\} (\S+)$", metrics, re.MULTILINE):
        label = dict(re.findall(r'(\w+)="([^"]*)"', labels))
        counted[label["verb"], label["resource"]] += int(float(value))
    return counted


def mutations(kube: Kube) -> dict[tuple[str, str], int]:
    return {key: n for key, n in requests(kube).items() if key[0] in MUTATING and key[1] in WRITTEN_BY_US}


@pytest.mark.usefixtures("optional_kinds")
def test_an_idle_operator_writes_nothing(cluster: Cluster, world: World, own_operator: Make) -> None:
    """Not to any resource, with a child of every kind."""
    operator = own_operator(resync_seconds=1).start()
    world.make_class(allowed={"hosts": ["*.example.com"]})
    for name, spec in SERVERS.items():
        world.make_server(name, **spec)
        world.wait_for(name, "Reconciled", "True")
    assert {child["kind"] for name in SERVERS for child in world.made(name)} == set(MADE_KINDS)

    def written_in_passes(count: int) -> list[str]:
        start, seen = cluster.audit_log.stat().st_size, passes(operator)
        eventually(lambda: passes(operator) >= seen + count, f"{count} passes")
        return written(cluster, start)

    eventually(lambda: not written_in_passes(4), "the last write of the start")
    assert written_in_passes(12) == []


def written(cluster: Cluster, since: int) -> list[str]:
    """What the operator's account has asked to write since the audit log was so many bytes long."""
    asked = events(cluster.audit_log, f"system:serviceaccount:{RELEASE_NAMESPACE}:modelserver", since=since)
    return [f"{each['verb']} {each['requestURI']}" for each in asked if each["verb"] not in ("get", "list", "watch")]


def passes(operator: Operator) -> float:
    return operator.metrics()["modelserver_operator_reconcile_seconds_count"]


def test_with_nobody_there_a_deleted_server_takes_its_children_along(world: World, own_operator: Make) -> None:
    operator = own_operator().start()
    world.serve()
    operator.kill()
    world.kube.delete("ModelServer", "demo", world.namespace)
    eventually(lambda: world.kube.get("ModelServer", "demo", world.namespace) is None, "the server is gone")
    eventually(lambda: world.children() == [], "the children are gone")


def test_what_happened_while_nobody_was_there_is_made_good(world: World, own_operator: Make) -> None:
    operator = own_operator().start()
    world.serve()
    operator.kill()
    world.kube.delete("Service", "demo", world.namespace)
    world.make_server(replicas=2)
    operator.start()
    world.wait_for("demo", "Ready", "True")
    assert world.child("Service")
    assert len(world.pods()) == 2


@pytest.mark.parametrize("after", [(2, 5), pytest.param(range(1, 9), marks=pytest.mark.long)], ids=["some", "any"])
def test_killed_after_any_write_it_goes_on(world: World, own_operator: Make, after: Iterable[int]) -> None:
    """SIGKILL at every step of a server's start; afterwards all is as if nothing had happened.

    Every step is long: each start of an operator takes seconds, and all go on in the same way.
    """
    operator = own_operator().start()
    world.make_class()
    for writes in after:
        name = f"demo-{writes}"
        start = sum(mutations(world.kube).values()) + 1  # this apply counts, too
        world.make_server(name, replicas=2)
        eventually(partial(_written, world.kube, start + writes), f"{writes} writes")
        operator.kill()
        operator.launch()
    for writes in after:
        name = f"demo-{writes}"
        server = world.wait_for(name, "Ready", "True")
        assert server["status"]["readyReplicas"] == 2
        assert len(world.config_maps(name)) == 2
        (owner,) = world.child("Service", name)["metadata"]["ownerReferences"]
        assert owner["uid"] == server["metadata"]["uid"]


def _written(kube: Kube, count: int) -> bool:
    return sum(mutations(kube).values()) >= count


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_zero(own_operator: Make, number: signal.Signals) -> None:
    operator = own_operator().start()
    assert operator.end(number) == 0
    assert "Traceback" not in operator.said()
    assert "Unclosed" not in operator.said()


def test_one_namespace_only(world: World, kube: Kube, own_operator: Make) -> None:
    """An operator for one namespace leaves the others alone."""
    own_operator(resync_seconds=1).start()
    other = world.server_manifest("other")
    other["metadata"]["namespace"] = "default"
    kube.apply(other)
    try:
        world.serve()
        assert "status" not in kube.read("ModelServer", "other", "default")
    finally:
        kube.delete("ModelServer", "other", "default")


def test_wrong_settings_are_said_at_once(own_operator: Make) -> None:
    operator = own_operator(resync_seconds=0)
    operator.launch()
    assert operator.wait() == 2
    assert "resync_seconds" in operator.said()
