"""Optional kinds come and go while the operator runs."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.controlplane import optional
from tests.controlplane.kube import Kube, eventually
from tests.controlplane.process import Operator
from tests.controlplane.world import World

KIND = "ServiceMonitor"
ASKED: dict[str, Any] = {"monitoring": {"serviceMonitor": "Enabled"}}

Make = Callable[..., Operator]


@pytest.fixture
def gone_afterwards(kube: Kube) -> Iterator[None]:
    yield
    optional.remove(kube, KIND)


@pytest.mark.usefixtures("gone_afterwards")
def test_a_kind_that_comes_and_goes(world: World, own_operator: Make) -> None:
    operator = own_operator(discovery_seconds=1).start()
    world.make_class()
    world.make_server(**ASKED)
    condition = world.wait_for("demo", "Reconciled", "False", "KindNotServed")
    assert KIND in condition["message"]
    eventually(lambda: len(world.pods()) == 1, "it has a pod all the same")

    optional.install(world.kube, KIND)
    world.wait_for("demo", "Ready", "True")
    uid = world.child(KIND)["metadata"]["uid"]
    world.kube.delete(KIND, "demo", world.namespace)
    eventually(lambda: (world.kube.get(KIND, "demo", world.namespace) or {}).get("metadata"), "it is watched")
    assert world.child(KIND)["metadata"]["uid"] != uid

    optional.remove(world.kube, KIND)
    world.wait_for("demo", "Reconciled", "False", "KindNotServed")
    world.kube.delete("Service", "demo", world.namespace)
    eventually(lambda: world.kube.get("Service", "demo", world.namespace), "all else goes on")

    optional.install(world.kube, KIND)
    world.wait_for("demo", "Ready", "True")
    world.kube.patch(KIND, "demo", world.namespace, {"spec": {"endpoints": [{"port": "other"}]}})
    eventually(lambda: world.child(KIND)["spec"]["endpoints"][0]["port"] == "metrics", "it is watched again")
    assert operator.stop() == 0, operator.said()
    assert "Traceback" not in operator.said()


@pytest.mark.usefixtures("gone_afterwards")
def test_auto_uses_a_kind_that_comes_later(world: World, own_operator: Make) -> None:
    own_operator(discovery_seconds=1).start()
    world.serve()
    assert world.condition("demo", "Reconciled")["status"] == "True"
    optional.install(world.kube, KIND)
    eventually(lambda: world.kube.get(KIND, "demo", world.namespace), "there is a ServiceMonitor")


@pytest.mark.usefixtures("gone_afterwards")
def test_a_kind_that_goes_is_noticed_by_its_watch(world: World, own_operator: Make) -> None:
    """Long before the next look, and though no ModelServer uses it: the process survives that there is no such kind."""
    optional.install(world.kube, KIND)
    operator = own_operator(discovery_seconds=600).start()
    world.serve(monitoring={"serviceMonitor": "Disabled"})
    assert f"optional kinds served: {KIND}" in operator.said()
    optional.remove(world.kube, KIND)
    eventually(lambda: "optional kinds served: none" in operator.said(), "it has noticed")
    world.kube.delete("Service", "demo", world.namespace)
    eventually(lambda: world.kube.get("Service", "demo", world.namespace), "all else goes on")
    assert operator.running()
