"""KEDA scales by the load that the operator tells it, and by nothing else when nobody knows the load."""

import pytest
from tests.autoscaling.pod import Manner
from tests.autoscaling.scaled import TARGET
from tests.controlplane.kube import eventually
from tests.keda.processes import Keda
from tests.keda.scaled import ByKeda

pytestmark = pytest.mark.usefixtures("operator")

MINUTE = 60.0


def test_up_and_down_with_the_queue(demo: ByKeda) -> None:
    demo.played.queue = 3 * TARGET
    demo.asks_for_keda()
    demo.rests(3)
    demo.scales_by("KEDA")
    demo.played.queue = 5 * TARGET
    demo.rests(5)
    demo.played.queue = 0
    demo.rests(1)
    assert demo.sizes.seen == [1, 3, 5, 1]
    assert demo.scalers.seen == [frozenset({demo.keda_hpa})]


def test_a_scaled_object_that_keda_is_content_with(demo: ByKeda) -> None:
    """Neither undoes what the other has written; the HorizontalPodAutoscaler, which has our labels, is KEDA's alone."""
    demo.asks_for_keda()
    demo.keda_says("Ready", "True")
    demo.rests(1)
    hpa, scaled_object = demo.hpa(), demo.scaled_object()
    assert hpa["spec"]["behavior"] == scaled_object["spec"]["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    assert [owner["kind"] for owner in hpa["metadata"]["ownerReferences"]] == ["ScaledObject"]
    demo.asks_for_keda(maxReplicas=7)
    eventually(lambda: demo.hpa()["spec"]["maxReplicas"] == 7, "KEDA has taken it over")
    demo.world.wait_for(demo.name, "ScalingActive", "True")
    assert demo.hpa()["metadata"]["uid"] == hpa["metadata"]["uid"]
    assert demo.scaled_object()["metadata"]["uid"] == scaled_object["metadata"]["uid"]


def test_an_unknown_load_freezes(demo: ByKeda) -> None:
    """Long enough for KEDA's fallback: that, too, keeps what there is, and neither the least nor nothing."""
    demo.begins_with(4)
    demo.asks_for_keda()
    demo.rests(4)
    demo.heard()
    for pod in demo.pods():
        demo.fleet.behave(pod, Manner.REFUSES)
    told = demo.world.wait_for(demo.name, "ScalingActive", "False", "LoadUnknown")
    assert "4 pods" in told["message"]
    demo.keda_says("Fallback", "True")
    assert demo.sizes.seen == [4]
    for pod in demo.pods():
        demo.fleet.behave(pod, Manner.ANSWERS)
    demo.keda_says("Fallback", "False")
    demo.world.wait_for(demo.name, "ScalingActive", "True")
    assert demo.sizes.seen == [4]
    for pod in demo.pods():
        pod.own = 0
    demo.rests(1)


@pytest.mark.parametrize("name", ["operator", "adapter"])
def test_without_keda_the_number_stays(demo: ByKeda, keda: Keda, name: str) -> None:
    """The adapter without its operator holds a question for as long as the API server lets it, a minute."""
    demo.played.queue = 2 * TARGET
    demo.asks_for_keda()
    demo.rests(2)
    with keda.without(name):
        demo.played.queue = 3 * TARGET
        eventually(lambda: demo.hpa_condition("ScalingActive")["status"] == "False", "no metric", seconds=4 * MINUTE)
        assert demo.sizes.seen == [1, 2]
    demo.rests(3)
    assert demo.sizes.seen == [1, 2, 3]


def test_two_servers_do_not_see_each_others_load(demo: ByKeda) -> None:
    """One scaled by KEDA and one by the operator's own metric, in one namespace."""
    demo.asks_for_keda()
    demo.rests(1)
    demo.fleet.server(demo.world.namespace, "other").queue = 3 * TARGET
    spec = {"minReplicas": 1, "maxReplicas": 10, "targetUnfinishedRequests": TARGET, "metricsSource": "BuiltIn"}
    demo.world.make_server("other", autoscaling=spec)
    demo.world.wait_for("other", "ScalingActive", "True")
    eventually(lambda: demo.world.child("Deployment", "other")["spec"]["replicas"] == 3, "the other has three pods")
    assert demo.sizes.seen == [1]
    assert demo.scalers.seen[-1] == {demo.keda_hpa, "other"}
