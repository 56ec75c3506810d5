"""What becomes of the cluster while the operator that serves custom.metrics.k8s.io is away, or stands still."""

import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.autoscaling.scaled import TARGET, Scaled
from tests.autoscaling.site import SERVICE, Site
from tests.controlplane.kube import Kube, Manifest, eventually
from tests.controlplane.process import MetricsApi
from tests.ports import free_port

from modelserver_operator.leader import Periods


def test_a_certificate_ran_out_while_the_operator_stood_still(demo: Scaled, site: Site, tmp_path: Path) -> None:
    serving = MetricsApi(free_port(), SERVICE, certificate_seconds=6)
    patient = Periods(duration=300, renew=240.0)  # it leads on after it has stood still
    operator = site.operator(tmp_path / "short.log", metrics_api=serving, lease=patient)
    with site.at_work(operator):
        demo.played.queue = TARGET
        demo.asks()
        eventually(lambda: site.metric(demo.world.namespace, "demo") == TARGET, "the load is served")
        last = site.shown(operator)
        os.kill(operator.pid, signal.SIGSTOP)
        eventually(lambda: datetime.now(UTC) > last.not_valid_after_utc, "its certificate runs out")
        os.kill(operator.pid, signal.SIGCONT)
        begin = datetime.now(UTC)
        assert site.shown(operator).not_valid_after_utc > begin
        eventually(lambda: site.metric(demo.world.namespace, "demo") == TARGET, "the load is served again")


@pytest.mark.long
def test_a_namespace_waits_for_an_operator_and_no_longer(kube: Kube, site: Site, tmp_path: Path) -> None:
    """Kubernetes deletes what is in it, and then wants to know that no API has anything more of it."""
    name = "waits-for-metrics"
    kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    eventually(lambda: not site.is_served(), "nobody serves it")
    kube.delete("Namespace", name)
    eventually(lambda: _waits(kube.read("Namespace", name)), "the namespace waits")
    with site.at_work(site.operator(tmp_path / "late.log")):
        eventually(lambda: kube.get("Namespace", name) is None, "the namespace is gone", seconds=180)


def _waits(namespace: Manifest) -> bool:
    conditions = {each["type"]: each for each in namespace["status"].get("conditions", [])}
    failure = conditions.get("NamespaceDeletionDiscoveryFailure", {})
    return failure.get("status") == "True" and "custom.metrics.k8s.io" in failure["message"]
