"""The operator's rights are those that it uses: the chart's roles, held to what this whole tier has made it ask for.

It runs last, after all that uses a right; alone it fails, since then nothing has.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.chart.chart import Helm, Rendered
from tests.controlplane.conftest import RELEASE_NAMESPACE
from tests.controlplane.rights import Right, events, granted, of_role, refused, used
from tests.controlplane.rights_exceptions import EXCEPTIONS
from tests.workers import Legacy
from tools.devcluster.cluster import Cluster

ACCOUNT = "modelserver"
NAMESPACED = {"operator": {"namespaces": ["team-a", "team-b"]}}
NO_METRICS = {"autoscaling": {"builtIn": {"enabled": False}}}  # an API is the cluster's


@pytest.fixture(scope="module")
def helm(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    return Helm(tmp_path_factory.mktemp("helm"))


@pytest.fixture(scope="module")
def audited(cluster: Cluster, audit_logs: Legacy) -> list[dict[str, Any]]:
    """What operators have asked API servers for so far, those of other workers included."""
    user = f"system:serviceaccount:{RELEASE_NAMESPACE}:{ACCOUNT}"
    return [event for log in (cluster.audit_log, *audit_logs.of_others()) for event in events(log, user)]


def test_the_operator_lacks_no_right(helm: Helm, audited: list[dict[str, Any]]) -> None:
    """An API server that has just started refuses everything until it has read the roles; what they grant counts."""
    assert audited, "no operator has run: this compares with what the other tests of this folder make it do"
    lacking = used(refused(audited)) - granted(helm.render(), ACCOUNT)
    assert not lacking, listed(lacking)


def test_the_operator_uses_every_right(helm: Helm, audited: list[dict[str, Any]]) -> None:
    unused = granted(helm.render(), ACCOUNT) - used(audited) - EXCEPTIONS
    assert not unused, listed(unused)


def test_the_exceptions_are_granted_and_not_used(helm: Helm, audited: list[dict[str, Any]]) -> None:
    wrong = (EXCEPTIONS - granted(helm.render(), ACCOUNT)) | (EXCEPTIONS & used(audited))
    assert not wrong, listed(wrong)


def listed(rights: set[Right]) -> str:
    return "\n".join(f"{right.verb} {right.resource} {right.group}" for right in sorted(rights))


def test_an_installation_for_some_namespaces_gives_the_same_rights_there(helm: Helm) -> None:
    assert granted(helm.render(NAMESPACED), ACCOUNT) == granted(helm.render(NO_METRICS), ACCOUNT)


@pytest.mark.parametrize("values", [{}, NAMESPACED], ids=["everywhere", "in some namespaces"])
def test_no_role_of_the_chart_has_a_secret_or_a_wildcard(helm: Helm, values: dict[str, Any]) -> None:
    rights = set(every_right(helm.render(values)))
    assert rights
    assert not {right for right in rights if "*" in "".join(right)}
    assert not {right for right in rights if right.resource.partition("/")[0] == "secrets"}


def every_right(rendered: Rendered) -> Iterator[Right]:
    for role in [*rendered.all("ClusterRole"), *rendered.all("Role")]:
        yield from of_role(role)
