"""Two replicas and one Lease on a real API server, under the chart's own rights to it."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from tests.autoscaling.background import Background
from tests.autoscaling.record import Record
from tests.controlplane.conftest import RELEASE_NAMESPACE
from tests.controlplane.kube import Kube, Manifest, eventually
from tests.controlplane.process import Operator
from tests.controlplane.test_process import mutations
from tests.controlplane.world import World
from tools.devcluster.cluster import Cluster

from modelserver_operator.leader import Periods

LEASE = "modelserver-operator"
SHORT = Periods(duration=9, renew=6, retry=1)  # what is waited for is the same as with the defaults, and less of it
LASTING = Periods(duration=120, renew=100, retry=1)  # nobody loses it, though the machine loses a minute
PAUSE = 1.2 * SHORT.retry  # the longest that a replica waits between two looks
BUSY = 60.0  # seconds that the tests' machine may lose; what these tests would find takes for ever, or a day

Make = Callable[..., Operator]


@pytest.fixture
def replica(own_operator: Make, kube: Kube) -> Iterator[Make]:
    """Makes replicas of one operator; returns when one leads. No Lease is there before or after."""

    def make(lease: Periods = SHORT) -> Operator:
        operator = own_operator(pod_namespace=RELEASE_NAMESPACE, lease=lease).start()
        eventually(lambda: is_held(kube), "somebody leads")
        return operator

    kube.delete("Lease", LEASE, RELEASE_NAMESPACE)
    yield make
    kube.delete("Lease", LEASE, RELEASE_NAMESPACE)


def lease(kube: Kube) -> Manifest:
    spec: Manifest = kube.read("Lease", LEASE, RELEASE_NAMESPACE)["spec"]
    return spec


def is_held(kube: Kube) -> bool:
    found = kube.get("Lease", LEASE, RELEASE_NAMESPACE)
    return bool(found and found["spec"]["holderIdentity"])


def take_away(kube: Kube) -> None:
    kube.patch("Lease", LEASE, RELEASE_NAMESPACE, {"spec": {"holderIdentity": "somebody-else"}})


def renewed_since(kube: Kube, before: str) -> bool:
    return bool(lease(kube)["renewTime"] != before)


def written(kube: Kube) -> int:
    """What operators have applied, and the tests; no controller of Kubernetes does that to these kinds."""
    return sum(number for (verb, _), number in mutations(kube).items() if verb == "APPLY")


def leads(operator: Operator) -> bool:
    return operator.metrics()["modelserver_operator_leader"] == 1


def taken_over(by: Operator, since: float) -> float:
    """When it leads: after how many seconds."""
    eventually(partial(leads, by), "the other replica leads")
    return time.monotonic() - since


def served(world: World, name: str) -> None:
    world.make_server(name)
    world.wait_for(name, "Ready", "True")


def test_one_of_two_leads_and_the_other_only_reads(world: World, replica: Make) -> None:
    one, two = replica(), replica()
    world.serve()
    assert leads(one)
    assert not leads(two)
    asked = {name for name in two.metrics() if name.startswith("modelserver_operator_api_requests_total")}
    verbs = {verb for name in asked for verb in re.findall(r'verb="(\w+)"', name)}
    assert verbs == {"GET", "LIST", "WATCH"}, "it looks at the Lease, and follows what scalers may ask it for"
    assert (two.probe("/livez"), two.probe("/readyz")) == (200, 200)


def test_the_lease_is_one_that_others_can_read(cluster: Cluster, kube: Kube, replica: Make) -> None:
    one = replica()
    spec = lease(kube)
    assert (spec["leaseDurationSeconds"], spec["leaseTransitions"]) == (SHORT.duration, 0)
    acquired, renewed = (datetime.fromisoformat(spec[key]) for key in ("acquireTime", "renewTime"))
    assert abs(datetime.now(UTC) - acquired) < timedelta(seconds=60)
    eventually(lambda: datetime.fromisoformat(lease(kube)["renewTime"]) > renewed, "it is renewed")
    assert lease(kube)["acquireTime"] == spec["acquireTime"]
    shown = cluster.kubectl("get", "lease", LEASE, f"--namespace={RELEASE_NAMESPACE}", "--no-headers").split()
    assert shown[:2] == [LEASE, spec["holderIdentity"]]
    assert one.stop() == 0
    assert lease(kube)["holderIdentity"] == ""


def test_the_official_python_client_reads_it(cluster: Cluster, kube: Kube, replica: Make) -> None:
    from kubernetes.client import CoordinationV1Api
    from kubernetes.config import new_client_from_config

    replica()
    with new_client_from_config(str(cluster.kubeconfig)) as client:  # type: ignore[no-untyped-call]
        read = CoordinationV1Api(client).read_namespaced_lease(LEASE, RELEASE_NAMESPACE)
    assert read.spec
    assert read.spec.holder_identity == lease(kube)["holderIdentity"]
    assert read.spec.renew_time
    assert abs(datetime.now(UTC) - read.spec.renew_time) < timedelta(seconds=60)


def test_after_kill_9_the_other_takes_over_within_the_lease_duration(world: World, replica: Make) -> None:
    one, two = replica(), replica()
    world.serve()
    killed = time.monotonic()
    one.kill()
    assert taken_over(two, killed) <= SHORT.duration + 2 * PAUSE + BUSY
    assert lease(world.kube)["leaseTransitions"] == 1
    served(world, "after")
    assert two.metrics()['modelserver_operator_api_requests_total{code="200",verb="APPLY"}'] > 0


def test_on_sigterm_it_hands_over_at_once(world: World, replica: Make, background: Background) -> None:
    """It gives the Lease back: the other need not see it unchanged for its duration, as after a crash."""
    with Record(world.kube, background, ("Lease", RELEASE_NAMESPACE, LEASE), holder) as holders:
        one, two = replica(LASTING), replica(LASTING)
        world.serve()
        first = lease(world.kube)["holderIdentity"]
        assert one.end(signal.SIGTERM) == 0
        eventually(partial(leads, two), "the other replica leads")
        served(world, "after")
        eventually(lambda: holders.seen == [first, "", lease(world.kube)["holderIdentity"]], "nobody had it in between")


def holder(lease: Manifest) -> str:
    """Who has the Lease; empty: nobody."""
    return str(lease["spec"]["holderIdentity"])


@pytest.mark.long
def test_a_dead_holder_whose_clock_was_wrong_delays_nobody(kube: Kube, replica: Make) -> None:
    """A renewal from tomorrow is not waited for: what counts is how long nobody has been seen to renew.

    Long, as the next: tests/unit/process/test_leader.py shows that no clock is believed, on a clock of its own.
    """
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    spec = {"holderIdentity": "gone", "leaseDurationSeconds": 5, "renewTime": tomorrow, "acquireTime": tomorrow}
    metadata = {"name": LEASE, "namespace": RELEASE_NAMESPACE}
    kube.create({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec})
    started = time.monotonic()
    assert 5 <= taken_over(replica(), started) <= 5 + 2 * PAUSE + BUSY


@pytest.mark.long
def test_a_living_holder_whose_clock_is_slow_keeps_its_lease(kube: Kube, replica: Make) -> None:
    """Each of its renewals is made to look three hours old, and each still looks new to the other replica.

    Long: it looks on for the whole of a Lease.
    """
    one, two = replica(), replica()
    begun = time.monotonic()
    while time.monotonic() - begun < SHORT.duration + 2 * PAUSE:
        before = lease(kube)["renewTime"]
        eventually(partial(renewed_since, kube, before), "a renewal")
        late = datetime.fromisoformat(lease(kube)["renewTime"]) - timedelta(hours=3)
        kube.patch("Lease", LEASE, RELEASE_NAMESPACE, {"spec": {"renewTime": late.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}})
    assert leads(one)
    assert not leads(two)


def test_a_lease_that_is_taken_away_ends_its_holder_which_writes_nothing_more(world: World, replica: Make) -> None:
    one = replica()
    world.serve()
    take_away(world.kube)
    assert one.wait() == 1
    assert "somebody-else holds the Lease" in one.said()
    assert "LeaseLostError" not in one.said(), "a sentence, and no traceback of it"
    before = written(world.kube)
    world.make_server(replicas=2)
    assert written(world.kube) == before + 1, "only the test's own apply"
    assert lease(world.kube)["holderIdentity"] == "somebody-else", "what is another's is not given back"


def test_a_holder_that_was_frozen_writes_nothing_when_it_wakes(world: World, replica: Make) -> None:
    """Frozen for longer than it may write without a renewal, with something to write when it wakes."""
    one = replica()
    world.serve()
    os.kill(one.pid, signal.SIGSTOP)
    frozen = time.monotonic()
    take_away(world.kube)
    world.kube.delete("Service", "demo", world.namespace)
    before = written(world.kube)
    eventually(lambda: time.monotonic() - frozen > SHORT.renew, "its time is over")
    os.kill(one.pid, signal.SIGCONT)
    assert one.wait() == 1
    assert written(world.kube) == before
    assert world.kube.get("Service", "demo", world.namespace) is None
