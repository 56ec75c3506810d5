"""custom.metrics.k8s.io is the cluster's: who has it keeps it, what an upgrade does to ours, and how it goes away."""

import base64
import json
from collections.abc import Iterator

import pytest
from tests.chart.adapter import GROUP, VERSIONS, Adapter, api_services
from tests.chart.chart import HelmError
from tests.chart.release import NAMESPACE, Release, eventually
from tests.chart.test_autoscaling import OFF
from tests.controlplane.rights import events
from tools.devcluster.errors import DevclusterError

SERVICE = {"namespace": NAMESPACE, "name": "modelserver-metrics-api", "port": 443}
AS_OPERATOR = f"--as=system:serviceaccount:{NAMESPACE}:modelserver"
INSTALLER = f"system:serviceaccount:{NAMESPACE}:installer"


@pytest.fixture
def adapter(release: Release) -> Iterator[Adapter]:
    """Another product, which has nothing of its own yet."""
    adapter = Adapter(release)
    yield adapter
    adapter.uninstall()


def trust(release: Release) -> str:
    """Writes a certificate into both as the operator does, with its rights; gives it as it then stands there."""
    config = release.cluster.kubectl("config", "view", "--raw", "-o", "jsonpath={.clusters[0].cluster}")
    authority = json.loads(config)["certificate-authority-data"]
    assert b"BEGIN CERTIFICATE" in base64.b64decode(authority)
    for version in VERSIONS:
        patch = json.dumps({"spec": {"caBundle": authority}})
        release.kubectl("patch", "apiservice", f"{version}.{GROUP}", "--type=merge", f"--patch={patch}", AS_OPERATOR)
    return str(authority)


@pytest.mark.parametrize("versions", [("v1beta1",), VERSIONS], ids=" and ".join)
def test_who_has_a_version_keeps_it_and_the_install_says_so(
    release: Release, adapter: Adapter, versions: tuple[str, ...]
) -> None:
    before = adapter.takes(*versions)
    with pytest.raises(HelmError) as refusal:
        release.install()
    for version in versions:
        assert f"{version}.{GROUP} leads to monitoring/prometheus-adapter" in str(refusal.value)
    assert "Set autoscaling.builtIn.enabled=false" in str(refusal.value)
    assert release.names("deployments") == set()
    release.install(OFF)
    assert api_services(release) == before
    release.uninstall()
    assert api_services(release) == before


def test_an_upgrade_takes_no_version_from_anybody_either(release: Release, adapter: Adapter) -> None:
    release.install(OFF)
    before = adapter.takes("v1beta1")
    with pytest.raises(HelmError, match=r"UPGRADE FAILED.*v1beta1.*leads to monitoring/prometheus-adapter"):
        release.upgrade()
    assert api_services(release) == before


def test_what_somebody_took_from_the_release_an_upgrade_does_not_take_back(release: Release, adapter: Adapter) -> None:
    release.install()
    before = adapter.takes("v1beta2")
    with pytest.raises(HelmError, match=r"serves it here: v1beta2\.\S+ leads to monitoring/prometheus-adapter\. Set"):
        release.upgrade({"operator": {"logLevel": "DEBUG"}})
    assert api_services(release) == before
    release.kubectl("annotate", "apiservice", f"v1beta2.{GROUP}", "helm.sh/resource-policy=keep")
    release.upgrade(OFF)
    assert api_services(release) == {"v1beta2": before["v1beta2"]}


def test_an_upgrade_and_a_rollback_keep_what_the_operator_wrote(release: Release) -> None:
    release.install()
    authority = trust(release)
    before = api_services(release)
    release.upgrade({"autoscaling": {"builtIn": {"port": 8443}}, "operator": {"replicas": 2}})
    assert api_services(release) == before
    release.rollback()
    assert api_services(release) == before
    assert {spec["caBundle"] for spec in before.values()} == {authority}
    assert [spec["service"] for spec in before.values()] == [SERVICE, SERVICE]


def test_the_operators_account_may_write_no_other_api_service(release: Release) -> None:
    release.install()
    with pytest.raises(DevclusterError, match=r'"v1\.apps" is forbidden'):
        release.kubectl("patch", "apiservice", "v1.apps", "--patch={}", "--dry-run=server", AS_OPERATOR)


def test_an_uninstall_removes_the_api_services_first(release: Release) -> None:
    release.install()
    release.kubectl("create", "serviceaccount", "installer")
    rights = ("--clusterrole=cluster-admin", f"--serviceaccount={NAMESPACE}:installer")
    release.kubectl("create", "clusterrolebinding", "installer", *rights)
    try:
        where = (f"--kubeconfig={release.kubeconfig('installer')}", f"--namespace={NAMESPACE}")
        release.helm.run("uninstall", "modelserver", *where, "--wait")
    finally:
        release.kubectl("delete", "clusterrolebinding/installer", "serviceaccount/installer")
    asked = [each for each in events(release.cluster.audit_log, INSTALLER) if each["verb"] == "delete"]
    resources = [each["objectRef"]["resource"] for each in asked]
    assert resources[:2] == ["apiservices", "apiservices"]
    assert {"services", "deployments"} <= set(resources[2:])
    assert api_services(release) == {}


def test_namespaces_that_an_absent_operator_keeps_go_after_the_uninstall(release: Release) -> None:
    """Its pods only seem to run here: nobody answers for the API, as when the operator is gone and its API is left."""
    release.install()
    release.kubectl("create", "namespace", "leaving")
    release.kubectl("delete", "namespace", "leaving", "--wait=false")
    eventually(lambda: "DiscoveryFailed" in why_not_gone(release), "the namespace's controller cannot list all kinds")
    release.uninstall()
    eventually(lambda: "leaving" not in release.names("namespaces"), "the namespace is gone")


def why_not_gone(release: Release) -> list[str]:
    """The reasons that the conditions of the namespace that is being deleted give for what is True."""
    conditions = release.get("namespace", "leaving")["status"].get("conditions", [])
    return [each["reason"] for each in conditions if each["status"] == "True"]
