"""Many ModelServers, applied as fast as the API server takes them, and the wait until all are Ready."""

import time
from concurrent.futures import ThreadPoolExecutor

from tests.bench.operator.readiness import Name, Readiness
from tests.bench.operator.site import A_NAMESPACE_HOLDS, CLASS, Site
from tests.controlplane.world import World

AT_ONCE = 4
STALLED_SECONDS = 120.0  # without any further one that becomes Ready: the rest stays as it is


def place(prefix: str, number: int) -> Name:
    """Namespace and name of one of them."""
    return f"{prefix}-{number // A_NAMESPACE_HOLDS}", f"server-{number}"


def apply(where: Site, prefix: str, objects: int) -> dict[Name, float]:
    """Apply so many, in namespaces that exist, a few at a time; when each was sent, by the monotonic clock."""

    def apply_one(number: int) -> tuple[Name, float]:
        namespace, name = place(prefix, number)
        at = time.monotonic()
        World(where.kube, namespace).make_server(name, className=CLASS)
        return (namespace, name), at

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(pool.map(apply_one, range(objects)))


def wait(readiness: Readiness, applied: dict[Name, float]) -> None:
    """Return when all are Ready, or when no further one becomes so."""
    missing, since = len(applied), time.monotonic()
    while missing and time.monotonic() - since < STALLED_SECONDS:
        time.sleep(0.1)
        left = len(applied.keys() - readiness.since.keys())
        if left < missing:
            missing, since = left, time.monotonic()
