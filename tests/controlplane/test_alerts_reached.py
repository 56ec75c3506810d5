"""Each alert about the operator comes true when what it waits for happens to a real operator and its API server; and so
does the one about a server that waits for what the operator alone can tell.

The expressions are the rules' own. What a Prometheus has seen of their windows is as good as all of them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.controlplane.conftest import RELEASE_NAMESPACE
from tests.controlplane.fault_proxy import FaultProxy
from tests.controlplane.kube import Kube, Manifest, eventually
from tests.controlplane.process import Operator
from tests.controlplane.test_contested import OURS, history, tune
from tests.controlplane.test_leader import LEASE, SHORT
from tests.controlplane.world import World
from tests.keda.prometheus import running
from tests.monitoring import sources
from tests.monitoring.contract import unmet
from tests.monitoring.prometheus import Prometheus
from tests.unit.monitoring import full

pytestmark = pytest.mark.long  # starts of operators; promtool shows the same rules firing

Make = Callable[..., Operator]
EXPRESSIONS = {rule["alert"]: rule["expr"] for rule in full.of_chart()["spec"]["groups"][0]["rules"]}
FAILURES = 6  # with the growing pauses between them eight seconds


@contextmanager
def watched(operator: Operator, folder: Path) -> Iterator[Prometheus]:
    """A Prometheus that has scraped the operator as the chart's ServiceMonitor has it done, three times."""
    target = {"targets": [operator.url.removeprefix("http://")], "labels": full.OF_OPERATOR}
    job = {"job_name": "operator", "honor_labels": True, "static_configs": [target]}
    with running([job], folder) as url:
        prometheus = Prometheus(url)
        eventually(lambda: prometheus.query("count_over_time(up[5m]) >= 3"), "three scrapes")
        yield prometheus


def come_true(prometheus: Prometheus, *alerts: str) -> None:
    for alert in alerts:
        eventually(lambda: prometheus.query(EXPRESSIONS[alert]), f"the comparison of {alert} is true")  # noqa: B023


def test_one_that_works_has_what_is_asked_and_none_is_true(world: World, own_operator: Make, tmp_path: Path) -> None:
    operator = own_operator().start()
    world.serve()
    with watched(operator, tmp_path) as prometheus:
        asked = [each for each in sources.needed(full.questions()) if each.metric.startswith("modelserver_operator_")]
        assert unmet(asked, prometheus.series('{__name__=~".+"}')) == []
        assert [alert for alert, expr in EXPRESSIONS.items() if prometheus.query(expr)] == []


def test_one_that_starts_again_and_again_and_is_gone(own_operator: Make, tmp_path: Path) -> None:
    operator = own_operator().start()
    with watched(operator, tmp_path) as prometheus:
        for start in range(1, 4):
            operator.stop()
            operator.start()
            seen = f"changes(process_start_time_seconds[1h]) >= {start}"
            eventually(lambda: prometheus.query(seen), "its start was seen")  # noqa: B023
        come_true(prometheus, "ModelServerOperatorRestarting")
        operator.stop()
        come_true(prometheus, "ModelServerOperatorAbsent")


def test_one_that_cannot_lead(kube: Kube, own_operator: Make, tmp_path: Path) -> None:
    kube.delete("Lease", LEASE, RELEASE_NAMESPACE)
    kube.apply(held())
    try:
        operator = own_operator(pod_namespace=RELEASE_NAMESPACE, lease=SHORT).start()
        with watched(operator, tmp_path) as prometheus:
            come_true(prometheus, "ModelServerOperatorWithoutLeader", "ModelServerOperatorStuck")
    finally:
        kube.delete("Lease", LEASE, RELEASE_NAMESPACE)


def held() -> Manifest:
    """A Lease that somebody else has for a day."""
    times = {"acquireTime": "2026-01-01T00:00:00.000000Z", "renewTime": "2026-01-01T00:00:00.000000Z"}
    spec = {"holderIdentity": "somebody-else", "leaseDurationSeconds": 86_400, "leaseTransitions": 0, **times}
    metadata = {"name": LEASE, "namespace": RELEASE_NAMESPACE}
    return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec}


def test_one_whose_api_server_fails(
    world: World, as_account: Callable[[str], Path], own_operator: Make, tmp_path: Path
) -> None:
    with FaultProxy(as_account("modelserver")).running() as proxy:
        operator = own_operator()
        operator.kubeconfig = proxy.kubeconfig(tmp_path)
        operator.start()
        world.serve()
        with watched(operator, tmp_path) as prometheus:
            for _ in range(FAILURES):
                proxy.answer("GET", "/modelservers/demo", 503)
            world.make_server(engine={"maxSequences": 3})
            come_true(prometheus, "ModelServerOperatorReconcileErrors", "ModelServerOperatorApiErrors")
        operator.stop()


def test_one_that_somebody_quarrels_with(world: World, own_operator: Make, tmp_path: Path) -> None:
    operator = own_operator().start()
    world.serve()
    with watched(operator, tmp_path) as prometheus:
        for _ in range(5):
            tune(world)
            eventually(lambda: history(world) == OURS, "it is put back")
        tune(world)
        come_true(prometheus, "ModelServerOperatorContested")


def test_a_server_whose_scaler_is_blind(world: World, own_operator: Make, tmp_path: Path) -> None:
    """It is asked for by way of KEDA, which this cluster lacks."""
    operator = own_operator().start()
    world.make_class()
    world.make_server(autoscaling={"maxReplicas": 2, "metricsSource": "KEDA"})
    world.wait_for("demo", "Available", "True")
    world.wait_for("demo", "ScalingActive", "False")
    (expr,) = (each.expr for each in sources.rules(full.of_server()) if "ModelServerScalerBlind" in each.where)
    asked = expr.replace('namespace="default"', f'namespace="{world.namespace}"')
    with watched(operator, tmp_path) as prometheus:
        eventually(lambda: prometheus.query(asked), "the comparison of ModelServerScalerBlind is true")
