"""What the load is made of: what is kept of each ModelServer and each pod. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from modelserver_operator.api import InvalidObject, ModelServer
from modelserver_operator.cluster import Manifest
from modelserver_operator.resolve import identity
from modelserver_operator.resolve.autoscaling import target
from modelserver_operator.status import Asked, asked, condition, is_made

PODS = ",".join(f"{label}={value}" for label, value in identity.SERVED.items())  # those of all ModelServers
OVER = ("Failed", "Succeeded")
BEGINNING = timedelta(seconds=30)  # as the controller of HorizontalPodAutoscalers has it


@dataclass(frozen=True)
class Server:
    """A ModelServer. target: how many unfinished requests one pod should have; None where it is not autoscaled.

    is_valid: whether that is known; an object that another version wrote may not parse.
    """

    target: int | None
    is_valid: bool = True


@dataclass(frozen=True)
class Pod:
    """A pod with the labels of the ModelServer `server`. was_ready: it is Ready, or its status shows that it was.

    over: it has ended, and is not there any more but in name. is_made: whether that server's Deployment has made it.
    """

    server: tuple[str, str]
    asked: Asked
    name: str
    ready: bool
    was_ready: bool
    terminating: bool
    over: bool
    is_made: bool

    @property
    def may_answer(self) -> bool:
        """Whether there is somebody to ask; one that is Ready without an address is asked, too, to say so."""
        return bool(self.asked.address) or self.ready


def server(manifest: Manifest) -> Server:
    """What is kept of a ModelServer."""
    if manifest["spec"].get("autoscaling") is None:
        return Server(None)
    try:
        return Server(target(ModelServer.parse(manifest, strict=False)).value)
    except InvalidObject:
        return Server(None, is_valid=False)


def pod(manifest: Manifest) -> Pod:
    """What is kept of a pod."""
    metadata, status, whom = manifest["metadata"], manifest.get("status", {}), asked(manifest)
    ready = condition(status, "Ready").get("status") == "True"
    return Pod(
        server=whom.server,
        asked=whom,
        name=metadata["name"],
        ready=ready,
        was_ready=ready or _lost_readiness(status),
        terminating="deletionTimestamp" in metadata,
        over=status.get("phase") in OVER,
        is_made=is_made(manifest),
    )


def _lost_readiness(status: Mapping[str, Any]) -> bool:
    """The kubelet writes Ready as False together with startTime. A later time of it is that of a change, hence from
    True; one that lost it in its BEGINNING is not told from one that never had it."""
    ready, start = condition(status, "Ready"), status.get("startTime")
    if not start or ready.get("status") != "False" or not ready.get("lastTransitionTime"):
        return False
    return datetime.fromisoformat(ready["lastTransitionTime"]) - datetime.fromisoformat(start) > BEGINNING
