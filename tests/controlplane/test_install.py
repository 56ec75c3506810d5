"""`install-classes` as the chart's hook runs it: under the account of the hook, against a real API server."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.chart.chart import ROOT
from tests.controlplane.kube import Kube, eventually

CLASS: dict[str, Any] = {
    "apiVersion": "modelserver.dev/v1alpha1",
    "kind": "ModelServerClass",
    "metadata": {"name": "cpu"},
    "spec": {"image": "registry.example.com/runtime:1", "device": "Cpu"},
}


@pytest.fixture
def install(kube: Kube, as_account: Callable[[str], Path], tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Write documents to a folder and run the command on it."""

    def run(*documents: Any, text: str = "", seconds: float = 60) -> subprocess.CompletedProcess[str]:
        folder = tmp_path / "classes"
        folder.mkdir(exist_ok=True)
        (folder / "classes.yaml").write_text(text or yaml.safe_dump_all(documents))
        settings = {
            "KUBECONFIG": str(as_account("modelserver-classes")),
            "MODELSERVER_INSTALL_TIMEOUT_SECONDS": str(seconds),
        }
        command = [sys.executable, "-m", "modelserver_operator", "install-classes", str(folder)]
        return subprocess.run(
            command, env=os.environ | settings, capture_output=True, text=True, check=False, timeout=90
        )

    yield run
    for name in ("cpu", "nvidia"):
        kube.delete("ModelServerClass", name)


def test_classes_are_applied_in_place(kube: Kube, install: Callable[..., Any]) -> None:
    nvidia = CLASS | {"metadata": {"name": "nvidia"}}
    assert install(CLASS, nvidia).returncode == 0
    first = kube.read("ModelServerClass", "cpu")
    again = install(CLASS, nvidia)
    assert again.returncode == 0, again.stderr
    assert "cpu is applied" in again.stderr
    assert kube.read("ModelServerClass", "cpu")["metadata"] == first["metadata"]
    assert kube.read("ModelServerClass", "nvidia")


def test_a_new_image_keeps_the_object_and_what_others_added(kube: Kube, install: Callable[..., Any]) -> None:
    install(CLASS)
    first = kube.read("ModelServerClass", "cpu")
    kube.patch("ModelServerClass", "cpu", None, {"metadata": {"labels": {"team": "a"}}})
    newer = CLASS | {"spec": CLASS["spec"] | {"image": "registry.example.com/runtime:2"}}
    assert install(newer).returncode == 0
    second = kube.read("ModelServerClass", "cpu")
    assert second["metadata"]["uid"] == first["metadata"]["uid"]
    assert second["metadata"]["labels"] == {"team": "a"}
    assert second["spec"]["image"].endswith(":2")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: [", "classes.yaml"),
        ("a: 2026-99-99", "classes.yaml: holds what cannot be read: month must be in 1..12"),
        ("a: " + "[" * 5000, "classes.yaml: is nested too deeply"),
        ("[]", "must be a mapping"),
        ("# nothing\n", "no ModelServerClass"),
        (yaml.safe_dump(CLASS | {"spec": {"image": "i", "device": "Tpu"}}), "spec.device"),
        (yaml.safe_dump(CLASS | {"spec": CLASS["spec"] | {"colour": "red"}}), "spec.colour"),
    ],
    ids=["no YAML", "no date", "too deep", "no mapping", "empty", "no such device", "unknown field"],
)
def test_what_is_wrong_is_said_and_nothing_is_applied(
    kube: Kube, install: Callable[..., Any], text: str, says: str
) -> None:
    done = install(text=text)
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert kube.get("ModelServerClass", "cpu") is None


def test_a_folder_that_is_not_there(as_account: Callable[[str], Path], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "modelserver_operator", "install-classes", str(tmp_path / "none")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "none" in done.stderr


def test_a_class_that_the_account_may_not_write_is_named(install: Callable[..., Any]) -> None:
    """The chart's account may write the classes of its release by name, and no others."""
    done = install(CLASS | {"metadata": {"name": "mine"}})
    assert done.returncode == 1
    assert "ModelServerClass mine was refused" in done.stderr


@pytest.fixture
def without_servers(kube: Kube) -> Iterator[None]:
    """A cluster that has the CRD of classes alone."""
    kube.delete("CustomResourceDefinition", "modelservers.modelserver.dev")
    eventually(lambda: not kube.serves("ModelServer"), "ModelServers are no longer served")
    yield
    kube.apply(yaml.safe_load((ROOT / "crds" / "modelservers.modelserver.dev.yaml").read_text()))
    eventually(lambda: kube.serves("ModelServer"), "ModelServers are served again")


def test_both_kinds_are_waited_for(kube: Kube, install: Callable[..., Any], without_servers: None) -> None:
    done = install(CLASS, seconds=1)
    assert done.returncode == 1
    assert "does not serve modelservers; are the CRDs installed?" in done.stderr
    assert kube.get("ModelServerClass", "cpu") is None


def test_no_cluster_is_a_sentence(install: Callable[..., Any], tmp_path: Path) -> None:
    folder = tmp_path / "classes"
    folder.mkdir()
    (folder / "cpu.yaml").write_text(yaml.safe_dump(CLASS))
    command = [sys.executable, "-m", "modelserver_operator", "install-classes", str(folder)]
    environment = os.environ | {"KUBECONFIG": str(tmp_path / "missing")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "cannot log in to Kubernetes" in done.stderr
    assert "Traceback" not in done.stderr
