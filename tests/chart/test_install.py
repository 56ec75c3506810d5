"""What a first install puts into a real API server under real Pod Security admission. These tests only look."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.chart.chart import ROOT, Helm, HelmError
from tests.chart.release import CLASSES, CRDS, NAMESPACE, Release, eventually
from tools.devcluster.cluster import Cluster
from tools.devcluster.errors import DevclusterError

SAMPLES = sorted((ROOT / "manifests" / "samples").glob("*.yaml"))


@pytest.fixture(scope="module")
def installed(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    """A release with "default" as a copy of "cpu"."""
    release = Release(cluster, Helm(tmp_path_factory.mktemp("helm")))
    release.make_namespace()
    release.install({"defaultClass": "cpu"})
    yield release
    release.remove_everything()


def test_a_first_install_brings_the_kinds_the_operator_and_three_classes(installed: Release) -> None:
    assert installed.crds() == CRDS
    assert installed.names("modelserverclasses") == CLASSES
    assert installed.get("modelserverclass", "default")["spec"] == installed.get("modelserverclass", "cpu")["spec"]
    assert installed.get("deployment", "modelserver")["status"]["readyReplicas"] == 1


def test_a_hook_that_succeeded_leaves_no_job(installed: Release) -> None:
    eventually(lambda: installed.names("jobs") == set(), "the hook's Job is gone")


def test_the_operators_account_may_not_write_classes_nor_read_secrets(installed: Release) -> None:
    refused = [
        ("create", "modelserver.dev", "modelserverclasses"),
        ("patch", "modelserver.dev", "modelserverclasses"),
        ("get", "", "secrets"),
        ("list", "", "secrets"),
        ("create", "", "pods"),
        ("delete", "apps", "deployments"),
    ]
    assert not [each for each in refused if can(installed, "modelserver", *each)]
    assert can(installed, "modelserver", "patch", "apps", "deployments")


def test_the_hooks_account_may_not_write_a_class_that_the_chart_does_not_bring(installed: Release) -> None:
    foreign = installed.get("modelserverclass", "cpu")
    manifest = {key: foreign[key] for key in ("apiVersion", "kind", "spec")} | {"metadata": {"name": "foreign"}}
    as_hook = ("--as", f"system:serviceaccount:{NAMESPACE}:modelserver-classes")
    with pytest.raises(DevclusterError, match=r'modelserverclasses\.modelserver\.dev "foreign" is forbidden'):
        installed.kubectl("apply", "--server-side", "--filename=-", *as_hook, stdin=json.dumps(manifest))


def test_a_second_release_beside_the_first_is_refused(installed: Release) -> None:
    where = (f"--kubeconfig={installed.cluster.kubeconfig}", "--namespace=default")
    for values, reason in (
        ((), "somebody else serves it here"),
        (("--set=autoscaling.builtIn.enabled=false",), "invalid ownership metadata"),
    ):
        with pytest.raises(HelmError, match=reason):
            installed.helm.run("install", "modelserver", str(ROOT / "charts" / "modelserver"), *where, *values)


def can(installed: Release, account: str, verb: str, group: str, resource: str) -> bool:
    """Whether the API server's own authorizer lets that ServiceAccount."""
    attributes = {"verb": verb, "group": group, "resource": resource, "namespace": NAMESPACE}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": f"system:serviceaccount:{NAMESPACE}:{account}", "resourceAttributes": attributes},
    }
    answer = json.loads(installed.kubectl("create", "--filename=-", "-o", "json", stdin=json.dumps(review)))
    return bool(answer["status"]["allowed"])


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_is_accepted_by_the_api_server(installed: Release, path: Path) -> None:
    installed.kubectl("apply", "--dry-run=server", "--validate=strict", "--filename", str(path))
