"""Each decision is explained: the signal, the target, the number of pods and what bounded it."""

import pytest
from tests.autoscaling.scaled import TARGET, Scaled
from tests.controlplane.kube import Kube, Manifest, eventually

pytestmark = pytest.mark.usefixtures("operator")

TOLD = ("3 pods for 28 unfinished requests, where one pod should have 4", "maxReplicas, 3, allows no more")


def scalings(kube: Kube, demo: Scaled) -> list[str]:
    """What the Events of its decisions say, in order."""
    events = [event for event in kube.list("Event", demo.world.namespace) if event["reason"] == "Scaled"]
    return [event["note"] for event in sorted(events, key=lambda event: str(event["eventTime"]))]


def test_condition_status_and_events_tell_the_figures(demo: Scaled, kube: Kube) -> None:
    demo.played.queue = 7 * TARGET
    demo.asks(maxReplicas=3)
    demo.rests(3)
    seen = eventually(lambda: bounded(demo), "status tells what bounded it")
    assert seen == {
        "source": "BuiltIn",
        "target": TARGET,
        "unfinishedRequests": 7 * TARGET,
        "desiredReplicas": 3,
        "boundedBy": "MaxReplicas",
    }
    message = demo.world.condition(demo.name, "ScalingActive")["message"]
    assert all(text in message for text in TOLD), message
    eventually(
        lambda: all(text in "".join(scalings(kube, demo)[-1:]) for text in TOLD), "an Event does, too, after the status"
    )


def bounded(demo: Scaled) -> Manifest | None:
    status: Manifest = demo.world.server(demo.name)["status"].get("autoscaling", {})
    return status if status.get("boundedBy") else None
