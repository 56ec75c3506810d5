"""What autoscalers are told: the custom metric, asked for as they do, through the API server."""

from datetime import datetime
from typing import NamedTuple

from tests.controlplane.kube import Kube

EVERY = "*"


class Reading(NamedTuple):
    """unfinished: requests. taken: the metric's own time, in seconds since 1970."""

    server: str
    unfinished: int
    taken: float


def readings(kube: Kube, namespace: str, name: str = EVERY) -> list[Reading]:
    """Of the ModelServers whose load is known, all or the one."""
    root = f"/apis/custom.metrics.k8s.io/v1beta2/namespaces/{namespace}"
    answer = kube.raw("GET", f"{root}/modelservers.modelserver.dev/{name}/unfinished_requests")
    if answer.status_code in (404, 503):  # not known; or the API server has not found out yet who serves it
        return []
    items = answer.raise_for_status().json()["items"]
    return [Reading(item["describedObject"]["name"], int(item["value"]), _time(item["timestamp"])) for item in items]


def _time(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
