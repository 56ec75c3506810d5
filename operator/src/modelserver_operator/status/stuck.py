"""Which pods are worth a question: the API server is asked about those that nothing runs in, others themselves."""

from __future__ import annotations

from datetime import datetime

from modelserver_operator.status.pods import Seen, at_work, download_at_work, is_ready, pod_condition

# Why a container waits whose pod's volumes are not mounted yet; and for how long that is usual.
CREATING = ("ContainerCreating", "PodInitializing")
USUAL_SECONDS = 10

NOT_REPORTED = {"waiting": {"reason": "ContainerCreating"}}


def can_speak(pod: Seen) -> bool:
    """Whether the pod is not ready though something runs in it that may say why: a download, or a started server."""
    if is_ready(pod) or "deletionTimestamp" in pod["metadata"]:
        return False
    state = at_work(pod)
    runs = "running" in state.get("state", {})
    return runs and (bool(download_at_work(pod)) or bool(state.get("started")))


def is_stuck(pod: Seen, now: datetime) -> bool:
    """Whether the kubelet has had the pod for a while, and neither runs it nor says in it why not."""
    scheduled, state = pod_condition(pod, "PodScheduled"), at_work(pod).get("state", NOT_REPORTED)
    if scheduled.get("status") != "True" or state.get("waiting", {}).get("reason") not in CREATING:
        return False
    since = datetime.fromisoformat(scheduled["lastTransitionTime"])
    return (now - since).total_seconds() >= USUAL_SECONDS
