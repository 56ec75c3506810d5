"""Which pods are worth a question to the API server about their Events: those that say nothing themselves."""

from __future__ import annotations

from datetime import datetime

from modelserver_operator.status.observed import Seen, at_work, pod_condition

# Why a container waits whose pod's volumes are not mounted yet; and for how long that is usual.
CREATING = ("ContainerCreating", "PodInitializing")
USUAL_SECONDS = 10

NOT_REPORTED = {"waiting": {"reason": "ContainerCreating"}}


def is_stuck(pod: Seen, now: datetime) -> bool:
    """Whether the kubelet has had the pod for a while, and neither runs it nor says in it why not."""
    scheduled, state = pod_condition(pod, "PodScheduled"), at_work(pod).get("state", NOT_REPORTED)
    if scheduled.get("status") != "True" or state.get("waiting", {}).get("reason") not in CREATING:
        return False
    since = datetime.fromisoformat(scheduled["lastTransitionTime"])
    return (now - since).total_seconds() >= USUAL_SECONDS
