"""From the operator's own HorizontalPodAutoscaler to KEDA's and back, while pods work: never both, and no dip."""

import pytest
from tests.autoscaling.scaled import TARGET
from tests.controlplane.kube import eventually
from tests.keda.processes import Keda
from tests.keda.scaled import ByKeda

pytestmark = pytest.mark.usefixtures("operator")


def test_to_keda_and_back_without_a_dip(demo: ByKeda) -> None:
    demo.played.queue = 4 * TARGET
    demo.asks(metricsSource="BuiltIn")
    demo.rests(4)
    for source in ("KEDA", "BuiltIn", "KEDA", "BuiltIn"):
        demo.asks(metricsSource=source)
        demo.scales_by(source)
        demo.rests(4)
    demo.played.queue = 5 * TARGET
    demo.rests(5)
    assert demo.sizes.seen == [1, 4, 5]
    assert max(len(together) for together in demo.scalers.seen) == 1
    assert not demo.scaled_object()


def test_keda_that_is_away_is_waited_for(demo: ByKeda, keda: Keda) -> None:
    """It alone can let go of its ScaledObject; until then nobody else is made to scale the same pods."""
    demo.played.queue = 3 * TARGET
    demo.asks_for_keda()
    demo.rests(3)
    with keda.without("operator"):
        demo.asks(metricsSource="BuiltIn")
        told = demo.world.wait_for(demo.name, "ScalingActive", "False", "ScalerPending")
        assert "ScaledObject" in told["message"]
    demo.scales_by("BuiltIn")
    demo.played.queue = 4 * TARGET
    demo.rests(4)
    assert demo.sizes.seen == [1, 3, 4]
    assert max(len(together) for together in demo.scalers.seen) == 1


def test_switched_off(demo: ByKeda) -> None:
    """KEDA's number stays when autoscaling is taken away."""
    demo.played.queue = 3 * TARGET
    demo.asks_for_keda(replicas=1)
    demo.rests(3)
    demo.asks(replicas=1, scaled=False)
    eventually(lambda: not demo.hpa() and not demo.scaled_object(), "nothing scales it any more")
    demo.world.wait_for(demo.name, "Ready", "True")
    assert demo.sizes.seen == [1, 3]
