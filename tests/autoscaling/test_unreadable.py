"""What cannot be read is not zero: one bad pod stops nothing, and without any good one nothing moves."""

import pytest
from tests.autoscaling.pod import Manner
from tests.autoscaling.scaled import TARGET, Scaled
from tests.controlplane.kube import eventually

pytestmark = pytest.mark.usefixtures("operator")

BAD = (Manner.HANGS, Manner.REFUSES, Manner.GARBAGE)


def each(*usually: Manner) -> pytest.MarkDecorator:
    """Every manner, of which `make test` has these: each once in this file, since what is made of them is the same."""
    manners = [manner if manner in usually else pytest.param(manner, marks=pytest.mark.long) for manner in BAD]
    return pytest.mark.parametrize("manner", manners, ids=lambda manner: manner.name.lower())


@each(Manner.HANGS)
def test_one_of_four_pods_unreadable(demo: Scaled, manner: Manner) -> None:
    """It counts for what one pod should have; the others are heard, up and down."""
    demo.begins_with(4)
    demo.asks()
    demo.rests(4)
    demo.heard()
    *good, bad = demo.pods()
    demo.fleet.behave(bad, manner)
    for pod in good:
        pod.own = 2 * TARGET
    demo.rests(7)
    assert demo.sizes.seen == sorted(demo.sizes.seen), "scaled down on the way up"
    for pod in good:
        pod.own = 0
    demo.rests(1)
    assert demo.sizes.seen[-1] == 1


@each(Manner.REFUSES, Manner.GARBAGE)
def test_nothing_readable_freezes(demo: Scaled, manner: Manner) -> None:
    """The number stays, status says why, and it goes on with the first answer."""
    demo.begins_with(2)
    demo.asks()
    demo.rests(2)
    demo.heard()
    for pod in demo.pods():
        demo.fleet.behave(pod, manner)
    told = demo.world.wait_for(demo.name, "ScalingActive", "False", "LoadUnknown")
    assert "of 2" in told["message"]
    eventually(lambda: demo.hpa_condition("ScalingActive")["status"] == "False", "the scaler says so, too")
    demo.pods()[0].own = 2 * TARGET
    for pod in demo.pods():
        demo.fleet.behave(pod, Manner.ANSWERS)
    demo.world.wait_for(demo.name, "ScalingActive", "True")
    demo.rests(3)
    assert demo.sizes.seen == [2, 3]
