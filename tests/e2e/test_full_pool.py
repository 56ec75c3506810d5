"""A pool of accelerators that is full: an old pod goes before a new one comes, and status says that this is awaited."""

import json
from collections.abc import Iterator

import pytest
from tests.e2e import fleet
from tests.e2e.fleet import SECONDS
from tests.e2e.served import Manifest, Served
from tests.load.load import Load
from tests.waiting import until
from tools.demo.cluster import DemoCluster
from tools.demo.kubectl import Kubectl

NAME, SIZE, ACCELERATOR = "pooled", 2, "example.com/accelerator"


@pytest.fixture
def pooled(operator: None, kubectl: Kubectl, fleet_namespace: str) -> Iterator[Served]:
    """A Ready server that has all accelerators of the only node."""
    offer_accelerators(kubectl, SIZE)
    kubectl.apply(
        fleet.scripted_class(NAME, accelerator={"resourceName": ACCELERATOR}),
        fleet.server(NAME, "Auto", SIZE, className=NAME),
    )
    served = Served(kubectl, fleet_namespace, NAME)
    until(served.ready, SECONDS, "the server is Ready")
    yield served
    kubectl.run("delete", "ms", NAME, *served.here)
    until(lambda: not served.pods(), SECONDS, "its pods are gone")
    kubectl.run("delete", "msc", NAME)
    offer_accelerators(kubectl, 0)


def offer_accelerators(kubectl: Kubectl, number: int) -> None:
    """Say that the node has so many, as a device plugin would; the kubelet takes it over."""
    (node,) = kubectl.get("nodes")["items"]
    change = json.dumps({"status": {"capacity": {ACCELERATOR: str(number)}}})
    kubectl.run("patch", "node", node["metadata"]["name"], "--subresource=status", "--patch", change)


@pytest.mark.long
def test_a_change_goes_through_and_says_what_it_waits_for(
    pooled: Served, cluster: DemoCluster, kubectl: Kubectl
) -> None:
    before = {pod["metadata"]["name"]: pod["metadata"]["uid"] for pod in pooled.pods()}
    with Load(fleet.questions(cluster, [NAME]), kept=1, fresh=1).running() as load:
        change = json.dumps({"spec": {"model": fleet.model("two")}})
        kubectl.run("patch", "ms", NAME, *pooled.here, "--type=merge", "--patch", change)
        told: set[tuple[str, str]] = set()
        until(lambda: in_force(pooled, told), SECONDS, "the change is in force")
    assert not {pod["metadata"]["uid"] for pod in pooled.pods()} & set(before.values())
    waited = [message for reason, message in told if reason == "Draining"]
    assert {name for name in before if any(name in message for message in waited)} == set(before), told
    lost = [trouble for tally in load.tallies.values() for trouble in tally.not_whole()]
    assert not lost, "\n".join(lost)


def in_force(server: Served, told: set[tuple[str, str]]) -> bool:
    """Whether it is Ready as it is now; what is told meanwhile is added."""
    generation = server.kubectl.get("ms", server.name, *server.here)["metadata"]["generation"]
    ready: Manifest = dict(server.condition())
    told.add((ready["reason"], ready["message"]))
    return (ready["status"], ready["observedGeneration"]) == ("True", generation)
