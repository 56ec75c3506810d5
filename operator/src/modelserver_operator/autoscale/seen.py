"""What the load is made of: what is kept of each ModelServer and each pod. Pure."""

from dataclasses import dataclass

from modelserver_operator.api import InvalidObject, ModelServer
from modelserver_operator.cluster import Manifest
from modelserver_operator.resolve import identity
from modelserver_operator.resolve.autoscaling import target
from modelserver_operator.status import Asked, asked, condition

PODS = ",".join(f"{label}={value}" for label, value in identity.SERVED.items())  # those of all ModelServers
OVER = ("Failed", "Succeeded")


@dataclass(frozen=True)
class Server:
    """A ModelServer. target: how many unfinished requests one pod should have; None where it is not autoscaled.

    is_valid: whether that is known; an object that another version wrote may not parse.
    """

    target: int | None
    is_valid: bool = True


@dataclass(frozen=True)
class Pod:
    """A pod of the ModelServer `server`. over: it has ended, and is not there any more but in name."""

    server: tuple[str, str]
    asked: Asked
    name: str
    ready: bool
    terminating: bool
    over: bool

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
    metadata, status = manifest["metadata"], manifest.get("status", {})
    return Pod(
        server=(metadata["namespace"], metadata.get("labels", {}).get(identity.INSTANCE, "")),
        asked=asked(manifest),
        name=metadata["name"],
        ready=condition(status, "Ready").get("status") == "True",
        terminating="deletionTimestamp" in metadata,
        over=status.get("phase") in OVER,
    )
