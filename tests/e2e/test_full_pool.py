"""A pool of accelerators that is full: an old pod goes before a new one comes, and status says that this is awaited."""

import json
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

import pytest
from tests.e2e import fleet
from tests.e2e.fleet import READY, SECONDS
from tests.e2e.served import Served
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
    pooled: Served, cluster: DemoCluster, kubectl: Kubectl, tmp_path: Path
) -> None:
    before = {pod["metadata"]["name"]: pod["metadata"]["uid"] for pod in pooled.pods()}
    with (
        following(pooled, tmp_path / "told") as told,
        Load(fleet.questions(cluster, [NAME]), kept=1, fresh=1).running() as load,
    ):
        change = json.dumps({"spec": {"model": fleet.model("two")}})
        kubectl.run("patch", "ms", NAME, *pooled.here, "--type=merge", "--patch", change)
        kubectl.run("wait", f"--for={READY}", "ms", NAME, *pooled.here, f"--timeout={SECONDS}s")
        until(
            lambda: awaited(told(), before) == set(before), SECONDS, "each old pod is told as the one that is awaited"
        )
    assert not {pod["metadata"]["uid"] for pod in pooled.pods()} & set(before.values())
    lost = [trouble for tally in load.tallies.values() for trouble in tally.not_whole()]
    assert not lost, "\n".join(lost)


def awaited(told: list[str], pods: Collection[str]) -> set[str]:
    """Which of these pods are named where it was told that one finishes its requests."""
    lines = [line for line in told if line.startswith("False Draining ")]
    return {name for name in pods if any(name in line for line in lines)}


@contextmanager
def following(server: Served, file: Path) -> Iterator[Callable[[], list[str]]]:
    """Gives what looks up all that Ready has said since the block began, however briefly: status, reason, message."""
    ready = '.status.conditions[?(@.type=="Ready")]'  # no {range}: kubectl would print what is there first, and no more
    form = f'{{{ready}.status}} {{{ready}.reason}} {{{ready}.message}}{{"\\n"}}'
    command = server.kubectl.words("get", "ms", server.name, *server.here, "--watch", "-o", f"jsonpath={form}")
    with file.open("w") as written, Popen(command, stdout=written) as kubectl:
        try:
            until(lambda: file.read_text().endswith("\n"), SECONDS, "what it says now is told")
            yield lambda: file.read_text().splitlines()
        finally:
            kubectl.terminate()
