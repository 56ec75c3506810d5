"""When each ModelServer was seen Ready: a watch in a thread of its own, so that no poll adds to what is measured."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.controlplane.kube import Kube, Manifest, path

Name = tuple[str, str]
WATCHED = path("modelserver.dev/v1alpha1", "ModelServer")


class Readiness:
    """`since[namespace, name]`: by the monotonic clock, when Ready=True of its generation was first seen."""

    def __init__(self) -> None:
        self.since: dict[Name, float] = {}
        self._ended = False

    def see(self, server: Manifest) -> None:
        """Take note of a ModelServer as it is now."""
        if is_ready(server):
            self.since.setdefault((server["metadata"]["namespace"], server["metadata"]["name"]), time.monotonic())

    def watch(self, kube: Kube, version: str) -> None:
        """Follow the events from this resourceVersion on until the block that began it has ended."""
        while not self._ended:
            query = {"resourceVersion": version, "timeoutSeconds": "5", "allowWatchBookmarks": "true"}
            with kube.stream(WATCHED, **query) as lines:
                for line in lines:
                    event = json.loads(line)
                    assert event["type"] != "ERROR", event
                    version = event["object"]["metadata"]["resourceVersion"]
                    if event["type"] != "BOOKMARK":
                        self.see(event["object"])

    def end(self) -> None:
        """Let `watch` return, within its timeout."""
        self._ended = True


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
    listed = kube.raw("GET", WATCHED, params={"limit": "1"}).raise_for_status().json()
    readiness = Readiness()
    thread = threading.Thread(target=readiness.watch, args=(kube, listed["metadata"]["resourceVersion"]))
    thread.start()
    try:
        yield readiness
    finally:
        readiness.end()
        thread.join()
