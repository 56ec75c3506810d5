"""Alertmanager, which sends alerts on."""

from pathlib import Path

from tools.setup.unpacked import Program

PROGRAM = Program("prometheus-alertmanager", package="prometheus-alertmanager", place="usr/bin/prometheus-alertmanager")
STEP = PROGRAM.step()


def alertmanager() -> Path:
    """The command; it may not be there yet."""
    return PROGRAM.path()
