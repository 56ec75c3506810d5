"""Where the operator serves no metrics, it still sees who does: what scales a server, and what is said, is true."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.controlplane.kube import Kube, Manifest, eventually
from tests.controlplane.process import Operator
from tests.controlplane.world import World

NAME = "v1beta1.custom.metrics.k8s.io"


@pytest.fixture
def looking(as_account: Callable[[str], Path], tmp_path: Path) -> Iterator[Operator]:
    """An operator of a release with autoscaling.builtIn.enabled=false, which soon sees what others install."""
    operator = Operator(as_account("modelserver"), tmp_path / "operator.log", discovery_seconds=1)
    with operator.at_work():
        yield operator


@pytest.fixture
def adapter(kube: Kube) -> Iterator[Manifest]:
    """Another product's APIService, made when the test asks for it: nobody answers there."""
    service = {"namespace": "monitoring", "name": "prometheus-adapter", "port": 443}
    priority = {"groupPriorityMinimum": 100, "versionPriority": 100}
    spec = {"group": "custom.metrics.k8s.io", "version": "v1beta1", "service": service, **priority}
    yield {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": NAME}, "spec": spec}
    kube.delete("APIService", NAME)


def said(world: World) -> str:
    return str(world.condition("demo", "ScalingActive")["message"])


@pytest.mark.usefixtures("looking")
def test_an_adapter_that_serves_the_metrics_is_seen(world: World, adapter: Manifest) -> None:
    world.serve(autoscaling={"maxReplicas": 3})
    assert (
        "Nobody serves custom.metrics.k8s.io"
        in world.wait_for("demo", "ScalingActive", "False", "MetricsNotServed")["message"]
    )
    world.kube.apply(adapter)
    eventually(lambda: "Nobody serves" not in said(world), "the adapter is seen")
    assert world.server()["status"]["autoscaling"]["source"] == "PrometheusAdapter"
