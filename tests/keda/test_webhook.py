"""KEDA's admission webhook: what it says to our ScaledObject, and what it never gets to refuse."""

import pytest
from tests.autoscaling.scaled import HPA
from tests.autoscaling.test_switching import own_hpa
from tests.controlplane.kube import Kube, path
from tests.keda.scaled import ByKeda

pytestmark = pytest.mark.usefixtures("operator")

MERGE = {"Content-Type": "application/merge-patch+json"}


def test_it_has_nothing_to_say_about_ours(demo: ByKeda, kube: Kube) -> None:
    """Not even a warning, such as it has for what is without effect."""
    demo.asks_for_keda()
    demo.keda_says("Ready", "True")
    ours = demo.scaled_object()
    place = path(ours["apiVersion"], ours["kind"], demo.world.namespace, demo.name)
    changed = {"spec": ours["spec"] | {"maxReplicaCount": 3}}
    answer = kube.raw("PATCH", place, json=changed, headers=MERGE, params={"dryRun": "All"})
    assert (answer.status_code, answer.headers.get("Warning")) == (200, None), answer.text
    changed["spec"]["pollingInterval"] = 5
    answer = kube.raw("PATCH", place, json=changed, headers=MERGE, params={"dryRun": "All"})
    assert "PollingInterval" in answer.headers["Warning"], "the webhook was not asked"


def test_no_scaled_object_beside_a_users_own_hpa(demo: ByKeda, kube: Kube) -> None:
    """Its name is in the condition; when it is gone, KEDA scales."""
    kube.apply(own_hpa(demo.world.namespace))
    demo.asks_for_keda()
    told = demo.world.wait_for(demo.name, "ScalingActive", "False", "ForeignScaler")
    assert "mine" in told["message"]
    assert not demo.scaled_object()
    kube.delete(HPA, "mine", demo.world.namespace)
    demo.scales_by("KEDA")
