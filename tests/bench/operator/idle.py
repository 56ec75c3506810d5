"""What the operator asks the API server to change while nothing changes."""

import json
import time
from collections import Counter
from pathlib import Path

from tests.bench.operator.site import ACCOUNT
from tests.controlplane.conftest import RELEASE_NAMESPACE

USER = f"system:serviceaccount:{RELEASE_NAMESPACE}:{ACCOUNT}"
READS = ("get", "list", "watch")
ALLOWED = ("leases", "subjectaccessreviews", "tokenreviews", "selfsubjectaccessreviews")
SETTLED_SECONDS = 5.0


def settle(log: Path, patience_seconds: float) -> None:
    """Return when the operator has changed nothing for a while. Raises AssertionError when that does not come."""
    deadline = time.monotonic() + patience_seconds
    while writes := written(log, SETTLED_SECONDS):
        assert time.monotonic() < deadline, f"it does not come to rest: {writes}"


def written(log: Path, seconds: float) -> Counter[str]:
    """Its changing requests in the next so many seconds, refused ones too, by verb and resource."""
    start = log.stat().st_size
    time.sleep(seconds)  # the time is what is measured
    with log.open() as lines:
        lines.seek(start)
        whole = lines.read().splitlines(keepends=True)
    events = [json.loads(line) for line in whole if line.endswith("\n")]
    return Counter(f"{event['verb']} {event['objectRef']['resource']}" for event in events if _is_a_write(event))


def _is_a_write(event: dict[str, object]) -> bool:
    user, target = event["user"], event.get("objectRef")
    assert isinstance(user, dict)
    if user["username"] != USER or event["verb"] in READS or not isinstance(target, dict):
        return False
    return target["resource"] not in ALLOWED
