"""The rights that the chart grants are enough for an operator that scales; it runs last, after all that uses one.

Alone it fails: no operator has run then. Whether every right is used, is shown in tests/controlplane/test_rights.py,
but for those that only this tier uses.
"""

from typing import Any

import pytest
from tests.chart.chart import Helm
from tests.controlplane.conftest import RELEASE_NAMESPACE
from tests.controlplane.rights import Right, events, granted, refused, used
from tests.controlplane.rights_exceptions import EXCEPTIONS
from tests.workers import Legacy
from tools.devcluster.cluster import Cluster

ACCOUNT = "modelserver"
OF_ANOTHER_PLUGIN = Right("modelserver.dev", "modelservers/finalizers", "update")  # shown in test_owners_guard.py


@pytest.fixture(scope="module")
def audited(cluster: Cluster, audit_logs: Legacy) -> list[dict[str, Any]]:
    """What operators have asked API servers for so far, those of the other worker included."""
    user = f"system:serviceaccount:{RELEASE_NAMESPACE}:{ACCOUNT}"
    return [event for log in (cluster.audit_log, *audit_logs.of_others()) for event in events(log, user)]


@pytest.fixture(scope="module")
def chart(tmp_path_factory: pytest.TempPathFactory) -> set[Right]:
    """What the chart grants the operator."""
    return granted(Helm(tmp_path_factory.mktemp("helm")).render(), ACCOUNT)


def test_an_operator_that_scales_lacks_no_right(audited: list[dict[str, Any]], chart: set[Right]) -> None:
    assert audited, "no operator has run"
    assert not used(refused(audited)) - chart


def test_what_no_other_tier_uses_is_used_here(audited: list[dict[str, Any]]) -> None:
    assert not EXCEPTIONS - {OF_ANOTHER_PLUGIN} - used(audited)
