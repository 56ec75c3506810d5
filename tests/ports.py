"""Ports for what listens a while after its port was chosen: a process that starts, a server that is not there yet."""

import os
import random
import socket
from contextlib import suppress
from itertools import cycle, islice
from pathlib import Path

SHARE = 1000  # ports that each worker of pytest has to itself
STARTS = (*range(12_000, 65_000, SHARE), *range(2_000, 12_000, SHARE))  # the latter are those of many services


def shares(low: int, high: int) -> list[range]:
    """Those that have none of the ports from `low` to `high`; all, where none is without."""
    every = [range(start, start + SHARE) for start in STARTS]
    return [share for share in every if share.stop <= low or high < share.start] or every


def _own() -> list[int]:
    """This worker's, from any of them on, apart from those that the kernel gives to whoever connects or asks for any:
    what is free stays free until it is listened on, which may take seconds."""
    low, high = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split())
    found = shares(low, high)
    own = found[int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % len(found)]
    first = random.choice(own)
    return [*range(first, own.stop), *range(own.start, first)]


_PORTS = cycle(_own())


def free_port() -> int:
    """A port that nobody listens on; it comes again only after all the others."""
    for port in islice(_PORTS, SHARE):
        with suppress(OSError), socket.create_server(("", port)):
            return port
    raise AssertionError(f"somebody listens on each of {SHARE} ports")
