"""How many processors this process may really use: the container's quota, not the node's count."""

import os
from pathlib import Path

QUOTA = Path("/sys/fs/cgroup/cpu.max")  # cgroup 2: "<microseconds or max> <period>"


def usable(quota: Path = QUOTA) -> int:
    """Whole processors, at least 1."""
    allowed = len(os.sched_getaffinity(0))
    try:
        share, period = quota.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return allowed
    return allowed if share == "max" else max(1, min(allowed, int(share) // int(period)))
