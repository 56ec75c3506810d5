"""Every broken situation of tests/trouble.py, made on purpose: the condition, the reason and the words are told.

They are made side by side, under the chart's own rights; each then has the time that all of them take.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import pytest
from tests.controlplane.broken import MAKERS, Corner, Steps
from tests.controlplane.broken_pods import POD_MAKERS, give_accelerators
from tests.controlplane.kube import eventually
from tests.controlplane.process import Operator
from tests.controlplane.world import World
from tests.status_says import SAYS, Printed, is_as
from tests.trouble import TROUBLES, Trouble
from tools.devcluster.cluster import Cluster

LEAST = 20
IN_ORDER = sorted(TROUBLES, key=lambda trouble: trouble.name != "contested-field")  # which ends after ten minutes
BY_NAME = {maker.__name__.replace("_", "-"): maker for maker in (*MAKERS, *POD_MAKERS)}


@pytest.fixture(scope="module")
def worlds(shared_world: World, bare_node: str, operator: Operator) -> Iterator[Mapping[str, World]]:
    """Where each situation is, by its name."""
    shared_world.make_class()
    give_accelerators(shared_world)
    with ExitStack() as stack:
        corner = Corner(shared_world, stack)
        steps = {trouble.name: BY_NAME[trouble.name](corner, trouble.name) for trouble in TROUBLES}
        yield made(steps, shared_world)
        end_all(shared_world)


def made(steps: Mapping[str, Steps], usual: World) -> dict[str, World]:
    """Take a step of each, then the next one of each that has one."""
    where, under_way = dict.fromkeys(steps, usual), dict(steps)
    while under_way:
        for name, step in list(under_way.items()):
            try:
                where[name] = next(step) or where[name]
            except StopIteration:
                del under_way[name]
    return where


def end_all(world: World) -> None:
    """The pods without a kubelet do not end by themselves."""
    for server in world.kube.list("ModelServer", world.namespace):
        world.kube.delete("ModelServer", server["metadata"]["name"], world.namespace)

    def all_are_to_end() -> bool:
        pods = world.kube.list("Pod", world.namespace)
        return not world.kube.list("Deployment", world.namespace) and all(
            "deletionTimestamp" in pod["metadata"] for pod in pods
        )

    eventually(all_are_to_end, "the pods are to end")
    for pod in world.kube.list("Pod", world.namespace):
        world.kube.kill_pod(pod)


@pytest.mark.parametrize("trouble", IN_ORDER, ids=lambda trouble: trouble.name)
def test_it_is_told(worlds: Mapping[str, World], trouble: Trouble) -> None:
    world = worlds[trouble.name]

    def unsaid() -> list[str]:
        message = world.condition(trouble.name, trouble.condition).get("message", "")
        return [words for words in trouble.says if words not in message]

    world.wait_for(trouble.name, trouble.condition, trouble.status, trouble.reason)
    try:
        eventually(lambda: not unsaid(), f"all of {trouble.says} is said")
    except AssertionError as error:
        raise AssertionError(f"{error}; it says {world.condition(trouble.name, trouble.condition)}") from None


@pytest.fixture(scope="module")
def printed(worlds: Mapping[str, World], cluster: Cluster) -> Printed:
    """The command, run as the administrator once all of it is broken."""
    return Printed(cluster.kubeconfig)


@pytest.mark.parametrize("trouble", IN_ORDER, ids=lambda trouble: trouble.name)
def test_status_says_it_in_a_sentence(printed: Printed, trouble: Trouble) -> None:
    expected = SAYS[trouble.name]
    try:
        eventually(lambda: printed.row(trouble.name, lambda row: is_as(row, expected)), f"status says {expected}")
    except AssertionError as error:
        raise AssertionError(f"{error}; it says {printed.last(trouble.name)}") from None


def test_there_are_enough_of_them() -> None:
    assert len({trouble.name for trouble in TROUBLES}) == len(TROUBLES) >= LEAST
    assert set(BY_NAME) == set(SAYS) == {trouble.name for trouble in TROUBLES}
