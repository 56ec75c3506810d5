"""Pods that are removed serve what they have: that counts, and they are not gone before it is done."""

import pytest
from tests.autoscaling.scaled import TARGET, Scaled
from tests.autoscaling.site import Site
from tests.controlplane.kube import Kube, eventually

pytestmark = pytest.mark.usefixtures("operator")


def shrunk(demo: Scaled) -> None:
    """Three pods are scaled to two, and the third still serves what it had."""
    demo.played.drains = True
    demo.begins_with(3)
    demo.asks()
    demo.rests(3)
    demo.pods()[0].own = 0
    demo.rests(2)


def test_terminating_pods_count_for_what_they_still_serve(demo: Scaled, site: Site) -> None:
    shrunk(demo)
    (pod,) = demo.leaving()
    for other in demo.pods():
        other.own = 0
    eventually(lambda: site.metric(demo.world.namespace, demo.name) == TARGET, "its requests are the load")
    demo.rests(1)
    assert demo.leaving() == [pod]
    demo.fleet.finish(pod)
    eventually(lambda: site.metric(demo.world.namespace, demo.name) == 0, "they are done")


def test_scale_down_removes_a_pod_only_through_its_drain(demo: Scaled, kube: Kube) -> None:
    """The pod is there, and told to end, for as long as it serves; then it goes."""
    shrunk(demo)
    (pod,) = demo.leaving()
    there = kube.read("Pod", pod.name, demo.world.namespace)
    drain = there["spec"]["terminationGracePeriodSeconds"]
    assert there["metadata"]["deletionGracePeriodSeconds"] == drain
    assert drain > 300, "shorter than a request may take"
    demo.pods()[0].own = TARGET
    demo.rests(3)
    assert kube.get("Pod", pod.name, demo.world.namespace), "gone while it served"
    demo.fleet.finish(pod)
    eventually(lambda: not kube.get("Pod", pod.name, demo.world.namespace), "it is gone")
    assert demo.sizes.seen == [3, 2, 3]
