"""A process and all that it begins, as one: whoever is interrupted leaves none of them behind."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

PATIENCE_SECONDS = 60  # to bring down what tests have started: clusters, engines
LOOK_SECONDS = 0.5


@contextmanager
def begun(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Runs the command in a process group of its own beside the block, and waits for it; options are Popen's.

    Left early, by an interrupt above all, it interrupts the whole group, and kills what has not ended in time.
    """
    with subprocess.Popen(command, text=True, start_new_session=True, **options) as process:
        try:
            yield process
            process.wait()
        finally:
            if process.poll() is None:
                _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    """Who interrupts once more has it killed at once. Some of the group may outlive its first process: pytest's workers
    do not look up while they wait for something."""
    try:
        os.killpg(process.pid, signal.SIGINT)
        _wait(process)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):  # who has left the group may still hold its output
            print(process.communicate(timeout=LOOK_SECONDS)[0] or "", end="", flush=True)


def _wait(process: subprocess.Popen[str]) -> None:
    """For the first process, not for the end of its output; but that is read, or it would wait for us."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=LOOK_SECONDS)
