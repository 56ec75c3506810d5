"""What is read off the operator itself: its calls, its memory, its line."""

import re
from pathlib import Path

from tests.controlplane.process import Operator

PREFIX = "modelserver_operator_"


def calls(operator: Operator) -> dict[str, int]:
    """Its calls so far by verb, those for the Lease left out: nothing else is PUT, and each PUT has a GET before it."""
    verbs: dict[str, int] = {}
    for name, value in operator.metrics().items():
        if name.startswith(f"{PREFIX}api_requests_total"):
            verb = re.findall(r'verb="(\w+)"', name)[0]
            verbs[verb] = verbs.get(verb, 0) + int(value)
    renewals = verbs.pop("PUT", 0)
    return verbs | {"GET": verbs.get("GET", 0) - renewals}


def passes(operator: Operator) -> int:
    """How many it has made."""
    return int(operator.metrics()[f"{PREFIX}reconcile_seconds_count"])


def waiting(operator: Operator) -> int:
    """How many ModelServers are in its line."""
    return int(operator.metrics()[f"{PREFIX}queue_depth"])


def peak_mib(operator: Operator) -> float:
    """The most memory that it has held resident so far, as Linux knows it."""
    status = Path(f"/proc/{operator.pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024
