"""When each ModelServer was seen Ready."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench import watching
from tests.controlplane.kube import Kube, Manifest, path

Name = tuple[str, str]
WATCHED = path("modelserver.dev/v1alpha1", "ModelServer")


class Readiness:
    """`since[namespace, name]`: by the monotonic clock, when Ready=True of its generation was first seen."""

    def __init__(self) -> None:
        self.since: dict[Name, float] = {}

    def see(self, server: Manifest) -> None:
        """Take note of a ModelServer as it is now."""
        if is_ready(server):
            self.since.setdefault((server["metadata"]["namespace"], server["metadata"]["name"]), time.monotonic())


def is_ready(server: Manifest) -> bool:
    """Whether Ready is True, and says so of the newest generation."""
    return any(
        condition["type"] == "Ready"
        and condition["status"] == "True"
        and condition["observedGeneration"] == server["metadata"]["generation"]
        for condition in server.get("status", {}).get("conditions", [])
    )


@contextmanager
def watched(kube: Kube) -> Iterator[Readiness]:
    """Watches every ModelServer from now on."""
    readiness = Readiness()
    with watching.watched(kube, WATCHED, readiness.see):
        yield readiness
