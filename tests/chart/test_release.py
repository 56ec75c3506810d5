"""Uninstall, reinstall and what values bring and take, on a real API server under real Pod Security admission."""

from tests.chart.release import CLASSES, CRDS, NAMESPACE, SECONDS, Release, eventually, identity, with_image
from tools.setup import optional_kinds


def server(release: Release) -> None:
    """Makes a ModelServer, as somebody would who uses the release."""
    model = {"persistentVolumeClaim": {"claimName": "models"}}
    metadata = {"name": "mine", "namespace": NAMESPACE}
    kind = {"apiVersion": "modelserver.dev/v1alpha1", "kind": "ModelServer"}
    release.apply({**kind, "metadata": metadata, "spec": {"model": model}})


def kept(release: Release) -> dict[tuple[str, str, str], str]:
    """The uid of each CRD, class and ModelServer."""
    kinds = ("crd", "modelserverclasses", "modelservers")
    return {identity(each): each["metadata"]["uid"] for kind in kinds for each in release.list(kind)}


def test_an_uninstall_leaves_the_crds_the_classes_and_the_servers_and_a_reinstall_takes_them_over(
    release: Release,
) -> None:
    release.install()
    server(release)
    before = kept(release)
    assert "kept due to the resource policy" in release.uninstall()
    assert release.crds() == CRDS
    assert release.names("modelserverclasses") == CLASSES
    assert release.names("modelservers") == {"mine"}
    assert release.names("deployments") == set()
    assert not {name for name in release.names("clusterroles") if name.startswith("modelserver")}
    release.install(with_image("r.example.com/i:2"))
    assert kept(release) == before
    assert release.get("modelserverclass", "cpu")["spec"]["image"] == "r.example.com/i:2"


def test_an_uninstall_without_keep_takes_everything(release: Release) -> None:
    release.install({"crds": {"keep": False}})
    server(release)
    release.uninstall()
    eventually(lambda: release.crds() == set(), "the CRDs are gone, and with them every class and ModelServer")


def test_two_operators_and_what_watches_them_come_and_go_by_values(release: Release) -> None:
    crds = [optional_kinds.crds()[kind] for kind in ("ServiceMonitor", "PrometheusRule")]
    files = [f"--filename={file}" for file in crds]
    release.kubectl("apply", "--server-side", *files)
    release.kubectl("wait", "--for=condition=Established", f"--timeout={SECONDS}s", *files)
    found_by = {"enabled": True, "labels": {"release": "prometheus"}}
    watched = {"operator": {"replicas": 2}, "monitoring": {"serviceMonitor": found_by, "prometheusRule": found_by}}
    release.install(watched)
    assert release.get("deployment", "modelserver")["status"]["readyReplicas"] == 2
    assert release.get("poddisruptionbudget", "modelserver")["spec"]["maxUnavailable"] == 1
    for kind in ("servicemonitor", "prometheusrule"):
        assert release.get(kind, "modelserver")["metadata"]["labels"]["release"] == "prometheus"
    release.upgrade()
    assert release.get("deployment", "modelserver")["spec"]["replicas"] == 1
    left = [release.names(kind) for kind in ("servicemonitors", "prometheusrules", "poddisruptionbudgets")]
    assert left == [set()] * 3
    assert "modelserver-metrics" not in release.names("services")
    release.kubectl("delete", *files)


def test_crds_can_be_handed_over_to_somebody_else(release: Release) -> None:
    release.install()
    server(release)
    release.upgrade({"crds": {"enabled": False}})
    assert release.crds() == CRDS
    assert release.names("modelservers") == {"mine"}
