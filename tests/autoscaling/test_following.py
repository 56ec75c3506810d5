"""The size follows the queue: up to what it needs, fast but bounded, down slowly."""

from itertools import pairwise

import pytest
from tests.autoscaling.background import Background
from tests.autoscaling.pod import Manner
from tests.autoscaling.record import Record
from tests.autoscaling.scaled import HPA, TARGET, Scaled
from tests.controlplane.kube import Kube, Manifest, eventually

pytestmark = pytest.mark.usefixtures("operator")

STARTING_SECONDS = 20.0  # twenty periods of the scaler


def test_up_to_what_the_queue_needs(demo: Scaled) -> None:
    """The sum over the target, whatever the number of pods: three pods that have twelve requests stay three."""
    demo.begins_with(3)
    demo.asks()
    demo.rests(3)
    demo.heard()
    demo.rests(3)
    demo.pods()[0].own = 2 * TARGET - 1
    demo.rests(4)
    assert demo.sizes.seen == [3, 4]


def test_fast_up_and_bounded_by_policy(demo: Scaled, kube: Kube, background: Background) -> None:
    """Four pods more or twice as many, whichever is more, in a quarter of a minute; and status says so.

    The policy binds four times, each for a quarter of a minute: status has a minute to say of one of them that it does.
    """
    place = ("ModelServer", demo.world.namespace, demo.name)
    with Record(kube, background, place, bound) as bounds:
        demo.played.queue = 40 * TARGET
        demo.asks(maxReplicas=40)
        eventually(lambda: {(number, "ScaleUpPolicy") for number in (5, 10, 20)} & {*bounds.seen}, "status says so")
        eventually(lambda: len(demo.sizes.seen) > 2, "there are more and more")
    assert demo.sizes.seen[0] == 1
    assert all(before < after <= max(before + 4, 2 * before) for before, after in pairwise(demo.sizes.seen))


def test_slow_down(demo: Scaled, kube: Kube, background: Background) -> None:
    """Fewer pods only when nothing in the window spoke for more; until then the scaler says that it waits."""
    place = (HPA, demo.world.namespace, demo.name)
    with Record(kube, background, place, decision) as decisions:
        demo.played.queue = 3 * TARGET
        demo.asks(scaleDownWindowSeconds=300)
        demo.rests(3)
        demo.played.queue = 0
        eventually(lambda: demo.hpa_condition("AbleToScale")["reason"] == "ScaleDownStabilized", "the scaler waits")
        eventually(lambda: bound(demo.server()) == (3, "ScaleDownWindow"), "status says that it waits")
        demo.played.queue = 4 * TARGET - 1  # the lull was shorter than the window
        demo.rests(4)
        demo.played.queue = 0
        eventually(lambda: decision(demo.hpa()) == (4, "ScaleDownStabilized"), "the scaler waits again")
        demo.asks(scaleDownWindowSeconds=5)
        demo.rests(1)
    assert demo.hpa()["spec"]["behavior"]["scaleDown"]["stabilizationWindowSeconds"] == 5
    eventually(lambda: bound(demo.server()) == (1, "MinReplicas"), "status says that there are no fewer")
    assert demo.sizes.seen == [1, 3, 4, 1]
    assert decisions.seen.index((4, "ScaleDownStabilized")) < decisions.seen.index((1, "SucceededRescale"))


def decision(hpa: Manifest) -> tuple[int, str]:
    """How many pods the scaler wants, and what it says of its being able to scale."""
    status = hpa.get("status", {})
    able = [each["reason"] for each in status.get("conditions", []) if each["type"] == "AbleToScale"]
    return status.get("desiredReplicas", 0), "".join(able)


def bound(server: Manifest) -> tuple[int, str]:
    """How many pods the scaler wants, and what keeps it from more or fewer, as the ModelServer's status says."""
    told = server.get("status", {}).get("autoscaling", {})
    return told.get("desiredReplicas", 0), told.get("boundedBy", "")


@pytest.mark.parametrize("starting", [Manner.REFUSES, pytest.param(Manner.ANSWERS, marks=pytest.mark.long)])
def test_pods_that_never_were_ready_count_0(demo: Scaled, starting: Manner) -> None:
    """A constant queue and pods that take long to load: never more are asked for than the ideal and one."""
    demo.asks()
    demo.rests(1)
    demo.played.start_seconds, demo.played.starting = STARTING_SECONDS, starting
    demo.played.queue = 4 * TARGET
    demo.rests(4)
    assert max(demo.sizes.seen) <= 4 + 1
    assert demo.sizes.seen == sorted(demo.sizes.seen)
