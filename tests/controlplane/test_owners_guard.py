"""On platforms that guard owners: references that block an owner's deletion need a right, which the chart gives.

In a cluster of its own, since the plugin learns of a new kind of owner late.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.controlplane.conftest import RELEASE_NAMESPACE, prepared
from tests.controlplane.kube import Kube, eventually
from tests.controlplane.process import Operator, account
from tests.controlplane.world import world_in
from tools.devcluster.cluster import Cluster

ACCOUNT = "modelserver"


@pytest.fixture
def guarded() -> Iterator[Cluster]:
    cluster = Cluster("test-owners-guard")
    cluster.down()
    cluster.up(nodes="kwok", guard_owners=True)
    yield cluster
    cluster.down()


def take_away_finalizers(kube: Kube) -> None:
    """From every role, so that the operator may not update them any more."""
    for role in kube.list("ClusterRole"):
        rules = role.get("rules") or []
        kept = [rule for rule in rules if rule.get("resources") != ["modelservers/finalizers"]]
        if kept != rules:
            kube.patch("ClusterRole", role["metadata"]["name"], None, {"rules": kept})
    eventually(lambda: not may_update_finalizers(kube), "the API server has taken note")


def may_update_finalizers(kube: Kube) -> bool:
    user = f"system:serviceaccount:{RELEASE_NAMESPACE}:{ACCOUNT}"
    return kube.allows(user, group="modelserver.dev", resource="modelservers", subresource="finalizers", verb="update")


def test_the_right_to_finalizers_is_needed_and_there(guarded: Cluster, tmp_path: Path) -> None:
    with prepared(guarded, tmp_path) as kube, world_in(kube, "guarded") as world:
        ours = account(kube, guarded.kubeconfig, tmp_path, RELEASE_NAMESPACE, ACCOUNT)
        operator = Operator(ours, tmp_path / "operator.log")
        try:
            operator.start()
            world.serve()
            assert may_update_finalizers(kube)
            take_away_finalizers(kube)
            world.make_server("late")
            condition = world.wait_for("late", "Ready", "False", "RejectedByAPIServer")
            assert "cannot set blockOwnerDeletion" in condition["message"]
        finally:
            operator.kill()
