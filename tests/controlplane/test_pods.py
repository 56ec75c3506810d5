"""Why a ModelServer is not Ready, as its pods tell it, and that it passes; each cause once is in test_trouble.py.

The real scheduler, quota and Deployment controller speak for themselves. What only a kubelet could say is written into
the pods of a node that has none.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from tests.controlplane.kube import Manifest, eventually
from tests.controlplane.kubelet import SECONDS_AGO, ago, end, placed, post, say
from tests.controlplane.process import Operator
from tests.controlplane.world import ON_BARE_NODE, World

pytestmark = pytest.mark.usefixtures("operator")

HUB = {"huggingFace": {"repo": "org/model"}}
Say = Callable[..., None]


@pytest.fixture
def kubelet_says(world: World, bare_node: str, request: pytest.FixtureRequest) -> Iterator[Say]:
    """Start a server on the bare node, with the test's parameter as its spec."""
    with on_node(bare_node, world, **getattr(request, "param", {})) as says:
        yield says


@contextmanager
def on_node(node: str, world: World, **spec: Any) -> Iterator[Say]:
    """A server on the bare node; whatever is given becomes the state of its pod's runtime, or of its `download`.

    Afterwards the pod is removed as a kubelet would, since without one it would end never.
    """
    world.make_class(**ON_BARE_NODE)
    world.make_server(**spec)
    yield partial(say, world, placed(world, node=node))
    world.make_server(replicas=0)
    end(world)


@pytest.fixture(scope="module")
def loading(shared_world: World, bare_node: str, operator: Operator) -> Iterator[tuple[World, str]]:
    """A server that loads while the other tests run, and what its status has said at first."""
    with on_node(bare_node, shared_world) as kubelet_says:
        kubelet_says(phase="Running", started=False, state={"running": {"startedAt": ago()}})
        yield shared_world, shared_world.wait_for("demo", "Ready", "False", "Loading")["message"]


def test_the_time_of_loading_is_told(loading: tuple[World, str]) -> None:
    """The first test here: the last one looks again."""
    _, first = loading
    assert re.search(r"has just begun to load the model|loads the model: \d+ s of at most", first)


def test_no_room(world: World) -> None:
    world.make_class(resources={"cpu": "1000"})
    world.make_server()
    condition = world.wait_for("demo", "Ready", "False", "Unschedulable")
    assert "Insufficient cpu" in condition["message"]


def test_no_volume(world: World) -> None:
    world.make_class()
    world.make_server(model={"persistentVolumeClaim": {"claimName": "other"}})
    condition = world.wait_for("demo", "Ready", "False", "VolumeMissing")
    assert "other" in condition["message"]
    world.make_claim("other")
    world.wait_for("demo", "Ready", "True")


@pytest.mark.parametrize("kubelet_says", [{"auth": {"apiKeysSecretRef": {"name": "keys"}}}], indirect=True)
def test_a_missing_secret(world: World, kubelet_says: Say) -> None:
    """The operator may read no Secret, and the pod says nothing: the kubelet's Event does, while it is the last one."""
    (pod,) = world.pods()
    post(world, pod, "FailedMount", 'MountVolume.SetUp failed for volume "keys" : secret "keys" not found', after=2)
    kubelet_says(state={"waiting": {"reason": "ContainerCreating"}})
    condition = world.wait_for("demo", "Ready", "False", "SecretMissing")
    assert "spec.auth.apiKeysSecretRef" in condition["message"]
    assert world.condition("demo", "Progressing")["status"] == "False"

    post(world, pod, "Pulling", 'Pulling image "i"', after=4)
    kubelet_says(state={"waiting": {"reason": "ContainerCreating"}}, started=False)
    world.wait_for("demo", "Ready", "False", "ContainerCreating")


def test_loading_and_then_ready(world: World, kubelet_says: Say) -> None:
    running = {"running": {"startedAt": SECONDS_AGO}}
    kubelet_says(phase="Running", started=False, state=running)
    world.wait_for("demo", "Ready", "False", "Loading")
    assert world.condition("demo", "Progressing")["status"] == "True"
    kubelet_says(phase="Running", ready=True, started=True, state=running)
    world.wait_for("demo", "Ready", "True")


@pytest.mark.parametrize("kubelet_says", [{"model": HUB}], indirect=True)
def test_a_download_and_its_end(world: World, kubelet_says: Say) -> None:
    behind = {"waiting": {"reason": "PodInitializing"}}
    kubelet_says(state=behind, download={"state": {"running": {"startedAt": SECONDS_AGO}}})
    assert "org/model at main" in world.wait_for("demo", "Ready", "False", "Downloading")["message"]
    assert world.condition("demo", "Progressing")["status"] == "True"

    ended = {"exitCode": 2, "reason": "Error", "message": "The token has no access.\n", "finishedAt": SECONDS_AGO}
    kubelet_says(state=behind, download={"restartCount": 1, "state": {"terminated": ended}})
    condition = world.wait_for("demo", "Ready", "False", "DownloadFailed")
    assert "exit code 2: The token has no access. It is tried again (attempt 3)" in condition["message"]
    assert world.condition("demo", "Progressing")["status"] == "False"

    running = {"running": {"startedAt": SECONDS_AGO}}
    done = {"state": {"terminated": {"exitCode": 0, "reason": "Completed", "finishedAt": SECONDS_AGO}}}
    kubelet_says(phase="Running", started=False, state=running, download=done)
    world.wait_for("demo", "Ready", "False", "Loading")
    kubelet_says(phase="Running", ready=True, started=True, state=running, download=done)
    world.wait_for("demo", "Ready", "True")


def test_a_quota_on_cpu_and_memory_takes_the_download_too(world: World) -> None:
    """A quota refuses a pod of which one container, be it an init container, does not say what it needs."""
    hard = {"requests.cpu": "1", "requests.memory": "1Gi", "limits.memory": "1Gi"}
    metadata = {"name": "enough", "namespace": world.namespace}
    world.kube.apply({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": {"hard": hard}})
    eventually(lambda: world.kube.read("ResourceQuota", "enough", world.namespace).get("status"), "the quota counts")
    world.serve(model=HUB)
    used = world.kube.read("ResourceQuota", "enough", world.namespace)["status"]["used"]
    assert used == hard  # the download takes nothing on top


def evict(world: World, pod: Manifest) -> int:
    """What a node's drain asks for each pod; the HTTP status of the answer."""
    name = pod["metadata"]["name"]
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
    return world.kube.raw(
        "POST", f"/api/v1/namespaces/{world.namespace}/pods/{name}/eviction", json=eviction
    ).status_code


def budget_is(world: World, pods: int, healthy: int, allowed: int) -> bool:
    """What the disruption controller has counted."""
    budget = world.kube.get("PodDisruptionBudget", "demo", world.namespace) or {}
    counted = budget.get("status", {})
    return [counted.get(name) for name in ("expectedPods", "currentHealthy", "disruptionsAllowed")] == [
        pods,
        healthy,
        allowed,
    ]


def test_a_drain_takes_one_pod_at_a_time_and_also_the_only_one(world: World) -> None:
    """A minimum of pods would keep the only pod's node from ever being drained."""
    world.serve(replicas=2)
    eventually(lambda: budget_is(world, 2, 2, 1), "one of two pods may go")
    world.make_server(replicas=1)
    eventually(lambda: budget_is(world, 1, 1, 1), "the one pod may go")
    (only,) = (pod for pod in world.pods() if "deletionTimestamp" not in pod["metadata"])
    assert evict(world, only) == 201


def test_a_drain_takes_a_pod_that_has_not_begun_to_answer(world: World, kubelet_says: Say) -> None:
    """One that loads for half an hour, or never will answer, would block a drain for as long."""
    kubelet_says(phase="Running", started=False, state={"running": {"startedAt": SECONDS_AGO}})
    eventually(lambda: budget_is(world, 1, 0, 0), "no pod that answers may go")
    (only,) = world.pods()
    assert evict(world, only) == 201


def test_what_this_release_does_not_do_leaves_the_rest(world: World) -> None:
    world.make_class()
    world.make_server(monitoring={"slo": {"ttftP95Milliseconds": 60001}}, autoscaling={"maxReplicas": 3}, replicas=0)
    condition = world.wait_for("demo", "Ready", "False", "NotServed")
    assert "spec.monitoring.slo" in condition["message"]
    assert world.condition("demo", "Available")["status"] == "True"
    assert world.condition("demo", "ScalingActive")["reason"] == "MetricsNotServed"  # the cluster serves none, it does
    assert world.child("Deployment")["spec"]["replicas"] == 1


def test_the_time_of_loading_goes_on_without_any_event(loading: tuple[World, str]) -> None:
    """The operator looks at everything only every five minutes, and nothing has happened here but the time.

    It is told in steps of 30 s, by a look every 30 s: the last test here, since most of that passes during the others.
    """
    world, first = loading

    def later() -> bool:
        return bool(world.condition("demo", "Ready")["message"] != first)

    eventually(later, "the time goes on", seconds=180)
    assert world.condition("demo", "Ready")["reason"] == "Loading"
