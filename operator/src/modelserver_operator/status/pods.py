"""What one pod says of itself by its manifest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias, TypeVar

from modelserver_operator.resolve import identity

Seen: TypeAlias = Mapping[str, Any]
Pod = TypeVar("Pod", bound=Seen)

POD_TEMPLATE_HASH = "pod-template-hash"  # the label by which ReplicaSets of a Deployment tell their pods

OVERDUE = timedelta(seconds=30)  # beyond a pod's grace period; a kubelet that is there ends it sooner


def condition(status: Seen, kind: str) -> Seen:
    """A condition in the status of any object; empty when there is none of that kind."""
    conditions: Sequence[Seen] = status.get("conditions", ())
    return next((each for each in conditions if each["type"] == kind), {})


def live_config_of(pod_spec: Seen) -> str:
    """The ConfigMap that a pod takes its live configuration from; empty when it has none."""
    volumes: Sequence[Seen] = pod_spec.get("volumes") or ()
    return next((str(each["configMap"]["name"]) for each in volumes if each["name"] == identity.LIVE_VOLUME), "")


def pod_condition(pod: Seen, kind: str) -> Seen:
    """A condition of a pod."""
    return condition(pod.get("status", {}), kind)


def is_made(pod: Seen) -> bool:
    """Whether the Deployment of the ModelServer that the pod's labels name has made it, and still counts it.

    By the name of the ReplicaSet whose the pod is: labels can be anybody's, such as those of another chart's release of
    this name, and who was taken out of the ReplicaSet to be looked at is none of the Deployment's pods.
    """
    metadata = pod["metadata"]
    labels: Seen = metadata.get("labels") or {}
    maker = f"{labels.get(identity.INSTANCE, '')}-{labels.get(POD_TEMPLATE_HASH, '')}"
    owners = [each for each in metadata.get("ownerReferences") or () if each.get("controller")]
    return [(each["kind"], each["name"]) for each in owners] == [("ReplicaSet", maker)]


def is_leaving(pod: Seen, now: datetime) -> bool:
    """Whether it has been told to end and still can within its time. Of a node that is lost it stays for ever."""
    end = pod["metadata"].get("deletionTimestamp")
    return end is not None and now <= datetime.fromisoformat(end) + OVERDUE


def is_ready(pod: Seen) -> bool:
    """Whether the pod answers."""
    return bool(pod_condition(pod, "Ready").get("status") == "True")


def answering(pods: Iterable[Pod]) -> list[Pod]:
    """Those that answer and that nobody has deleted or given up."""
    return [pod for pod in pods if is_ready(pod) and not is_over(pod)]


def at_work(pod: Seen) -> Seen:
    """The state of the container whose time it is, the download or the runtime; empty until the kubelet has reported
    it."""
    return download_at_work(pod) or _state(pod, "containerStatuses", identity.RUNTIME)


def download_at_work(pod: Seen) -> Seen:
    """The state of the download; empty where there is none, or when it is done."""
    state = _state(pod, "initContainerStatuses", identity.DOWNLOAD)
    done = state.get("state", {}).get("terminated", {}).get("exitCode") == 0
    return {} if done else state


def waiting(pod: Seen) -> Seen:
    """Why the container whose time it is waits; empty when it does not."""
    found: Seen = at_work(pod).get("state", {}).get("waiting", {})
    return found


def unscheduled(pod: Seen) -> str:
    """Why the scheduler finds no node, in its words; empty when it has found one, or not looked yet."""
    scheduled = pod_condition(pod, "PodScheduled")
    return str(scheduled.get("message", "")) if scheduled.get("reason") == "Unschedulable" else ""


def _state(pod: Seen, where: str, name: str) -> Seen:
    """By name: other products add containers of their own to pods."""
    statuses: Sequence[Seen] = pod.get("status", {}).get(where) or ()
    return next((state for state in statuses if state["name"] == name), {})


def is_over(pod: Seen) -> bool:
    """Whether somebody has deleted it or given it up."""
    return "deletionTimestamp" in pod["metadata"] or pod.get("status", {}).get("phase") in ("Failed", "Succeeded")
