"""What is not a decision is no write: a scaler looks all the time, and a load is never the same."""

import pytest
from tests.autoscaling.scaled import TARGET, Scaled
from tests.controlplane.conftest import RELEASE_NAMESPACE
from tests.controlplane.kube import eventually
from tests.controlplane.rights import events
from tools.devcluster.cluster import Cluster

pytestmark = pytest.mark.usefixtures("operator")


def written(cluster: Cluster, namespace: str, since: int) -> list[str]:
    """What operators have written there since the audit log was so many bytes long."""
    account = f"system:serviceaccount:{RELEASE_NAMESPACE}:modelserver"
    asked = [each for each in events(cluster.audit_log, account, since=since) if f"/{namespace}/" in each["requestURI"]]
    return [f"{each['verb']} {each['requestURI']}" for each in asked if each["verb"] not in ("get", "list", "watch")]


def sees(demo: Scaled, queue: int) -> None:
    """Have so many requests wait, until the scaler has seen them."""
    demo.played.queue = queue
    share = f"{queue * 1000 // 2}m"

    def seen() -> bool:
        (metric,) = demo.hpa()["status"].get("currentMetrics") or [{}]  # none after a look that failed
        told = metric.get("object", {}).get("current", {}).get("averageValue", "")
        if not told:
            return False
        return bool((told if told.endswith("m") else f"{int(told) * 1000}m") == share)

    eventually(seen, f"the scaler sees {queue}")


def test_a_load_that_changes_no_number_is_not_written_of(demo: Scaled, cluster: Cluster) -> None:
    demo.played.queue = 2 * TARGET
    demo.asks()
    demo.rests(2)
    demo.world.wait_for(demo.name, "ScalingActive", "True")
    demo.world.wait_for(demo.name, "Ready", "True")

    def quiet() -> bool:
        """Five looks without a write. The start's last may come in between, and a look that failed is told."""
        start = cluster.audit_log.stat().st_size
        before = demo.world.server(demo.name)["metadata"]["resourceVersion"]
        for queue in (5, 8, 6, 7, 8):
            sees(demo, queue)
        unchanged = demo.world.server(demo.name)["metadata"]["resourceVersion"] == before
        return unchanged and not written(cluster, demo.world.namespace, start)

    eventually(quiet, "a scaler looks five times and nothing is written")
    start = cluster.audit_log.stat().st_size
    demo.played.queue = 3 * TARGET
    demo.rests(3)
    eventually(lambda: written(cluster, demo.world.namespace, start), "another number is told")
