"""The CRDs of the optional kinds: only the content that was pinned gets into the cache."""

import json
import re
from pathlib import Path

import pytest
from tools.setup import keda, optional_kinds, prometheus_operator, prometheus_server, toolchain
from tools.setup.recorder import Recorder
from tools.setup.step import StepError
from tools.setup.wrapped import Wrapped

PINNED = {module.path: module.sum for module in optional_kinds.MODULES}


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A go command that says what the files of its folder say, by module; the cache is empty."""
    command = tmp_path / "go"
    command.write_text(f'#!/bin/sh\ncat "{tmp_path}/$(echo "$4" | tr / _ | sed s/@.*//).json"\n')
    command.chmod(0o755)
    monkeypatch.setattr(toolchain, "go", lambda: command)
    monkeypatch.setenv("MODELSERVER_CACHE", str(tmp_path / "cache"))
    return tmp_path


def publish(folder: Path, sums: dict[str, str]) -> None:
    """Makes the modules with these checksums the ones that the go command downloads."""
    for module in optional_kinds.MODULES:
        content = folder / module.path
        for file in module.crds.values():
            (content / file).parent.mkdir(parents=True, exist_ok=True)
            (content / file).write_text(file)
        answer = json.dumps({"Dir": str(content), "Sum": sums[module.path]})
        (folder / f"{module.path.replace('/', '_')}.json").write_text(answer)


def test_each_kind_has_its_file(go: Path) -> None:
    publish(go, PINNED)
    assert not optional_kinds.STEP.done()
    optional_kinds.STEP.run(Recorder(go / "log"))
    assert optional_kinds.STEP.done()
    found = {kind: file.read_text().rpartition("_")[2] for kind, file in optional_kinds.crds().items()}
    assert found == {
        "CloudEventSource": "cloudeventsources.yaml",
        "ClusterCloudEventSource": "clustercloudeventsources.yaml",
        "ClusterTriggerAuthentication": "clustertriggerauthentications.yaml",
        "Gateway": "gateways.yaml",
        "HTTPRoute": "httproutes.yaml",
        "PrometheusRule": "prometheusrules.yaml",
        "ScaledJob": "scaledjobs.yaml",
        "ScaledObject": "scaledobjects.yaml",
        "ServiceMonitor": "servicemonitors.yaml",
        "TriggerAuthentication": "triggerauthentications.yaml",
    }


@pytest.mark.parametrize("changed", PINNED)
def test_a_module_with_other_content_is_refused(go: Path, changed: str) -> None:
    publish(go, {**PINNED, changed: "h1:other="})
    with pytest.raises(StepError, match=f"{changed} v.* has the checksum h1:other=, not h1:"):
        optional_kinds.STEP.run(Recorder(go / "log"))
    assert not optional_kinds.STEP.done()


@pytest.mark.parametrize("built", [keda.MODULE, prometheus_operator.MODULE], ids=lambda built: built.name)
def test_the_crds_are_of_what_is_built(built: Wrapped) -> None:
    (found,) = (module for module in optional_kinds.MODULES if module.path == built.path)
    assert f"{found.path} {found.version} {found.sum}\n" in (built.built_in / "go.sum").read_text()
    assert f"{found.path} {found.version} // indirect\n" in (built.built_in / "go.mod").read_text()


@pytest.mark.parametrize("built", [prometheus_operator.MODULE, prometheus_server.MODULE], ids=lambda built: built.name)
def test_prometheus_is_built_with_the_libraries_of_the_cluster(built: Wrapped) -> None:
    """What was compiled for the one is not compiled again for the other."""
    cluster, own = (versions(file) for file in (toolchain.MODULE, built.built_in / "go.mod"))
    shared = {path: own[path] for path in own if path.startswith(("k8s.io/", "go.yaml.in/")) and path in cluster}
    assert {"k8s.io/client-go", "go.yaml.in/yaml/v3"} <= shared.keys()
    assert shared.items() <= cluster.items()


def versions(module: Path) -> dict[str, str]:
    """The version that a go.mod takes of each module: what replaces one comes after what requires it."""
    return dict(re.findall(r"^\s(\S+)(?: => \S+)? (v\S+)(?: // indirect)?$", module.read_text(), re.MULTILINE))
