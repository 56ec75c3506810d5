"""The one sentence of a failure where Kubernetes looks for it: in a container there is a file for it."""

import contextlib
from pathlib import Path

# What Kubernetes shows of a container that has ended; it is there in containers only.
TERMINATION_LOG = Path("/dev/termination-log")


def leave(sentence: str) -> None:
    """Without it Kubernetes takes the end of the log, where the sentence is the last of many lines."""
    with contextlib.suppress(OSError):
        if TERMINATION_LOG.exists():
            TERMINATION_LOG.write_text(f"{sentence}\n", encoding="utf-8")
