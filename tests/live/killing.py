"""The processes of a pod, as this machine sees them, which has them all."""

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

PAUSE_SECONDS = 0.5
PROGRAM = b"modelserver_runtime"


@contextmanager
def killing(uid: str) -> Iterator[None]:
    """Kill the server in the pod of this uid as soon as it is there, again and again, until the block ends."""
    ending = threading.Event()
    with ThreadPoolExecutor(1, "killing") as thread:
        killed = thread.submit(_kill, uid, ending)
        try:
            yield
        finally:
            ending.set()
        assert killed.result(), "no process of the pod was found"


def _kill(uid: str, ending: threading.Event) -> int:
    count = 0
    while not ending.wait(PAUSE_SECONDS):
        for pid in _servers(uid):
            os.kill(pid, signal.SIGKILL)
            count += 1
    return count


def _servers(uid: str) -> Iterator[int]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            inside = f"pod{uid}" in (folder / "cgroup").read_text()
            if inside and PROGRAM in (folder / "cmdline").read_bytes():
                yield int(folder.name)
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has ended meanwhile
