"""A watch in a thread of its own, so that no poll adds to what is measured."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.controlplane.kube import Kube, Manifest

A_WATCH_SECONDS = 5  # after which the next begins, or none


@contextmanager
def watched(kube: Kube, where: str, see: Callable[[Manifest], None]) -> Iterator[None]:
    """`see` is called in that thread with every object that is added, changed or deleted at this path from now on."""
    listed = kube.raw("GET", where, params={"limit": "1"}).raise_for_status().json()
    ended = threading.Event()
    thread = threading.Thread(target=_watch, args=(kube, where, listed["metadata"]["resourceVersion"], see, ended))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _watch(kube: Kube, where: str, version: str, see: Callable[[Manifest], None], ended: threading.Event) -> None:
    while not ended.is_set():
        query = {"resourceVersion": version, "timeoutSeconds": str(A_WATCH_SECONDS), "allowWatchBookmarks": "true"}
        with kube.stream(where, **query) as lines:
            for line in lines:
                event = json.loads(line)
                assert event["type"] != "ERROR", event
                version = event["object"]["metadata"]["resourceVersion"]
                if event["type"] != "BOOKMARK":
                    see(event["object"])
