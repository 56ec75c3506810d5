"""Prometheus, which KEDA's tests let scrape pods."""

from pathlib import Path

from tools.setup.unpacked import Program

PROGRAM = Program("prometheus", package="prometheus", place="usr/bin/prometheus")
STEP = PROGRAM.step()


def prometheus() -> Path:
    """The prometheus command; it may not be there yet."""
    return PROGRAM.path()
