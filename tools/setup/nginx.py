"""nginx, which stands where a cluster has an ingress controller: none of those could be built from Go modules."""

from pathlib import Path

from tools.setup.unpacked import Program

PROGRAM = Program("nginx", package="nginx", place="usr/sbin/nginx")
STEP = PROGRAM.step()


def nginx() -> Path:
    """The nginx command; it may not be there yet."""
    return PROGRAM.path()
