"""Connections are open files, of which a process may have so many and no more."""

from __future__ import annotations

import resource

OTHERS = 64  # what a process has open besides


def allowed(most: int) -> int:
    """Raise the soft limit as far as `most` connections need and as is allowed; how many connections that allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most + OTHERS
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return most if soft == resource.RLIM_INFINITY else min(most, soft - OTHERS)
