"""promtool, which checks alert rules."""

from pathlib import Path

from tools.setup.unpacked import Program

PROGRAM = Program("promtool", package="prometheus", place="usr/bin/promtool")
STEP = PROGRAM.step()


def promtool() -> Path:
    """The promtool command; it may not be there yet."""
    return PROGRAM.path()
