"""What the kubelet says of pods that it cannot start. Nothing in a pod tells why a volume is not mounted: Events do."""

from collections.abc import Iterable
from datetime import datetime

from modelserver_operator.cluster import EVENT, Cluster, Manifest, Rejected
from modelserver_operator.status import Seen, is_stuck

FAILED_MOUNT = "FailedMount"
# Beside the cause, the kubelet now and then says that it has waited for the volumes, which is no news.
CAUSE = "MountVolume"


async def complaints(cluster: Cluster, pods: Iterable[Seen], now: datetime) -> dict[str, str]:
    """By the uid of each pod that is stuck: what the kubelet says of its volumes, where that is its last word."""
    found = {pod["metadata"]["uid"]: await _complaint(cluster, pod) for pod in pods if is_stuck(pod, now)}
    return {uid: said for uid, said in found.items() if said}


async def _complaint(cluster: Cluster, pod: Seen) -> str:
    about = f"regarding.uid={pod['metadata']['uid']}"
    try:
        told = await cluster.list_all(EVENT, pod["metadata"]["namespace"], fields=about)
    except Rejected:  # a cluster's own idea of who may read Events; the pod waits all the same, and that is told
        return ""
    events = sorted(told, key=_time)
    if not events or events[-1]["reason"] != FAILED_MOUNT:
        return ""
    notes = [str(event.get("note", "")) for event in events if event["reason"] == FAILED_MOUNT]
    return next((note for note in reversed(notes) if note.startswith(CAUSE)), notes[-1])


def _time(event: Manifest) -> datetime:
    """When it was last seen; the kubelet still writes Events of the older kind, whose times have names of their own."""
    last = (event.get("series") or {}).get("lastObservedTime") or event.get("deprecatedLastTimestamp")
    return datetime.fromisoformat(last or event.get("eventTime") or event["metadata"]["creationTimestamp"])
