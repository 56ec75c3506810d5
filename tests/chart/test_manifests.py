"""The manifests for clusters without Helm, applied and deleted as their headers say."""

import json
from collections.abc import Iterator

import pytest
from tests.chart.adapter import Adapter, api_services
from tests.chart.chart import ROOT, Helm, documents
from tests.chart.release import CRDS, Release, identity
from tools.devcluster.cluster import Cluster
from tools.devcluster.errors import DevclusterError

INSTALL, METRICS_API = (str(ROOT / "manifests" / name) for name in ("install.yaml", "metrics-api.yaml"))
OURS = {"namespace": "modelserver-system", "name": "modelserver-metrics-api", "port": 443}


@pytest.fixture(scope="module")
def installed(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    """A cluster in which install.yaml has been applied; in the end it is deleted, its namespace with it."""
    release = Release(cluster, Helm(tmp_path_factory.mktemp("helm")))
    release.make_namespace()
    apply(release, INSTALL)
    yield release
    delete(release, INSTALL)
    assert "modelserver-system" not in release.names("namespaces")


def apply(release: Release, file: str) -> None:
    release.cluster.kubectl("apply", "--server-side", f"--filename={file}")


def delete(release: Release, file: str) -> None:
    release.cluster.kubectl("delete", f"--filename={file}", "--ignore-not-found", "--timeout=60s")


def standing(release: Release, file: str) -> dict[tuple[str, str, str], str]:
    """The uids and generations of what the file makes; its pods move meanwhile, so resourceVersions do too."""
    found = {}
    for each in documents((ROOT / "manifests" / file).read_text()):
        where = f"--namespace={each['metadata'].get('namespace', '')}"
        text = release.cluster.kubectl("get", each["kind"], each["metadata"]["name"], where, "-o", "json")
        stored = json.loads(text)
        found[identity(stored)] = f"{stored['metadata']['uid']} {stored['metadata'].get('generation', 0)}"
    return found


def test_the_manifest_for_kubectl_can_be_applied_and_applied_again(installed: Release) -> None:
    assert installed.crds() == CRDS
    assert api_services(installed) == {}
    before = standing(installed, INSTALL)
    apply(installed, INSTALL)
    assert standing(installed, INSTALL) == before


def test_the_metrics_api_is_taken_by_a_manifest_of_its_own_and_given_back_first(installed: Release) -> None:
    apply(installed, METRICS_API)
    before = standing(installed, METRICS_API)
    apply(installed, METRICS_API)
    assert standing(installed, METRICS_API) == before
    assert [spec["service"] for spec in api_services(installed).values()] == [OURS, OURS]
    delete(installed, METRICS_API)
    assert api_services(installed) == {}


def test_kubectl_does_not_take_a_version_that_somebody_has(installed: Release) -> None:
    adapter = Adapter(installed)
    before = adapter.takes("v1beta1")
    try:
        with pytest.raises(DevclusterError, match='conflicts with "adapter"'):
            apply(installed, METRICS_API)
        assert api_services(installed)["v1beta1"] == before["v1beta1"]
    finally:  # where one stays that leads nowhere, no namespace can be deleted any more
        adapter.uninstall()
        delete(installed, METRICS_API)
