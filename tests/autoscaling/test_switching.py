"""People change what they ask for while pods run: never below what runs, unless that is what they ask for."""

import pytest
from tests.autoscaling.scaled import HPA, TARGET, Scaled
from tests.controlplane.kube import Kube, eventually

pytestmark = pytest.mark.usefixtures("operator")


def test_switched_on_over_a_running_number(demo: Scaled) -> None:
    """Five pods run and have work for five; the least that there may be is one."""
    demo.played.queue = 5 * TARGET
    demo.asks(replicas=5, scaled=False)
    demo.world.wait_for(demo.name, "Ready", "True")
    demo.asks(replicas=5)
    demo.rests(5)
    demo.played.queue = 6 * TARGET
    demo.rests(6)
    assert demo.sizes.seen == [5, 6]


def test_switched_off(demo: Scaled) -> None:
    """The scaler's number stays until somebody asks for another one."""
    demo.played.queue = 3 * TARGET
    demo.asks(replicas=1)
    demo.rests(3)
    demo.asks(replicas=1, scaled=False)
    eventually(lambda: not demo.hpa(), "nothing scales it any more")
    told = demo.world.wait_for(demo.name, "ScalingActive", "False", "ReplicasKept")
    assert "3 pods stay" in told["message"]
    demo.asks(replicas=2, scaled=False)
    eventually(lambda: len(demo.pods()) == 2, "two pods run")
    assert demo.sizes.seen == [1, 3, 2]


def test_min_raised_and_max_lowered(demo: Scaled) -> None:
    """Both are what somebody asks for, so both are followed, whatever the load."""
    demo.asks()
    demo.rests(1)
    demo.asks(minReplicas=2)
    demo.rests(2)
    demo.played.queue = 5 * TARGET
    demo.rests(5)
    demo.asks(minReplicas=2, maxReplicas=4)
    demo.rests(4)
    assert demo.sizes.seen == [1, 2, 5, 4]


def test_0_replicas_before(demo: Scaled) -> None:
    """A scaler does not leave 0 by itself: autoscaling that is switched on starts the least that there may be."""
    demo.asks(replicas=0, scaled=False)
    demo.world.wait_for(demo.name, "Ready", "False", "ScaledToZero")
    demo.asks(replicas=0, minReplicas=2)
    demo.rests(2)
    demo.played.queue = 3 * TARGET
    demo.rests(3)
    assert demo.sizes.seen == [0, 2, 3]


def test_a_users_own_hpa_is_said(demo: Scaled, kube: Kube) -> None:
    """Two scalers of the same pods: its name is in the condition, and when it is gone, it goes on."""
    demo.asks()
    demo.rests(1)
    kube.apply(own_hpa(demo.world.namespace))
    told = demo.world.wait_for(demo.name, "ScalingActive", "False", "ForeignScaler")
    assert "mine" in told["message"]
    kube.delete(HPA, "mine", demo.world.namespace)
    demo.world.wait_for(demo.name, "ScalingActive", "True")
    demo.played.queue = 2 * TARGET
    demo.rests(2)


def own_hpa(namespace: str) -> dict[str, object]:
    """One that somebody has made for the Deployment, by its pods' CPU."""
    target = {"type": "Utilization", "averageUtilization": 80}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": HPA,
        "metadata": {"name": "mine", "namespace": namespace},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "demo"},
            "maxReplicas": 5,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        },
    }


def test_switching_the_source_keeps_the_hpa(demo: Scaled) -> None:
    """From the operator's own metric to an adapter's of the same name, and back: the same object, and no dip."""
    demo.played.queue = 3 * TARGET
    demo.asks()
    demo.rests(3)
    before = demo.hpa()["metadata"]["uid"]
    for source in ("PrometheusAdapter", "BuiltIn"):
        demo.asks(metricsSource=source)
        demo.scales_by(source)
    demo.played.queue = 4 * TARGET
    demo.rests(4)
    assert demo.hpa()["metadata"]["uid"] == before
    assert demo.sizes.seen == [1, 3, 4]
