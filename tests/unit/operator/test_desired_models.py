"""How each model source reaches the runtime: which volume, who writes it, and who has the hub's token."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from tests.unit.operator.made import child, container, download, kinds, pod, resolved, values

from modelserver_operator.desired import Owner, desired
from modelserver_operator.desired.environment import STORAGE_LIMIT
from modelserver_runtime.commands import download_command

HUB = {"huggingFace": {"repo": "org/model", "revision": "v1"}}
TOKEN = {"huggingFace": {"repo": "org/model", "tokenSecretRef": {"name": "hf", "key": "token"}}}


def image(**extra: str) -> dict[str, Any]:
    return {"image": {"reference": "registry.example.com/m:1", **extra}}


def claim(**extra: str) -> dict[str, Any]:
    return {"persistentVolumeClaim": {"claimName": "models", **extra}}


def hub(repo: str, revision: str) -> dict[str, Any]:
    return {"huggingFace": {"repo": repo, "revision": revision}}


def models(**spec: Any) -> dict[str, Any]:
    """The volume of the model, without its name."""
    (found,) = (volume for volume in pod(**spec)["volumes"] if volume["name"] == "models")
    return {key: value for key, value in found.items() if key != "name"}


@pytest.mark.parametrize(
    ("model", "path"),
    [
        (claim(), "/models"),
        (claim(path="qwen/2.5"), "/models/qwen/2.5"),
        (image(), "/models"),
        (image(path="/"), "/models"),
        (image(path="/a/b"), "/models/a/b"),
        (hub("org/model", "main"), "/models/org--model/main"),
        (hub("org/model", "refs/pr/7"), "/models/org--model/refs--pr--7"),
    ],
)
def test_where_the_runtime_looks_for_the_model(model: dict[str, Any], path: str) -> None:
    (start,) = (
        each["data"]["start.yaml"]
        for each in desired(resolved(model=model), Owner("demo", "default"))
        if "start.yaml" in each.get("data", {})
    )
    assert yaml.safe_load(start)["model"] == {"path": path}


@pytest.mark.parametrize(
    ("spec", "volume"),
    [
        ({"model": claim()}, {"persistentVolumeClaim": {"claimName": "models", "readOnly": True}}),
        ({"model": image()}, {"image": {"reference": "registry.example.com/m:1", "pullPolicy": "IfNotPresent"}}),
        ({"model": HUB}, {"emptyDir": {}}),
        ({"model": HUB, "cache": {"size": "1Gi"}}, {"persistentVolumeClaim": {"claimName": "demo-cache"}}),
    ],
)
def test_the_runtime_reads_the_model_and_never_writes_it(spec: dict[str, Any], volume: dict[str, Any]) -> None:
    assert models(**spec) == volume
    (mount,) = (each for each in container(**spec)["volumeMounts"] if each["name"] == "models")
    assert (mount["mountPath"], mount.get("readOnly")) == ("/models", True)


@pytest.mark.parametrize("model", [claim(), image()])
def test_only_the_hub_needs_a_download(model: dict[str, Any]) -> None:
    assert "initContainers" not in pod(model=model)


def test_the_download_is_told_in_words_and_writes_where_the_runtime_reads() -> None:
    made = download(model=HUB)
    wanted = ["--repo", "org/model", "--revision", "v1", "--to", "/models/org--model/v1", "--progress-port", "9000"]
    assert made["command"] == ["python3", "-m", "modelserver_runtime", "download", *wanted]
    assert {"name": "models", "mountPath": "/models"} in made["volumeMounts"]


def test_the_download_alone_has_the_token() -> None:
    key = {"secretKeyRef": {"name": "hf", "key": "token"}}
    assert values(download(model=TOKEN))["HF_TOKEN"] == key
    assert "HF_TOKEN" not in values(container(model=TOKEN))
    assert "HF_TOKEN" not in values(download(model=HUB))
    of_class = {"environment": [{"name": "HF_TOKEN", "value": "of-the-class"}]}
    assert values(download(of_class, model=TOKEN))["HF_TOKEN"] == key


@pytest.mark.parametrize("environment", [[], [{"name": STORAGE_LIMIT, "value": "1"}]])
def test_a_download_into_the_pod_is_told_what_the_pod_may_store(environment: list[dict[str, str]]) -> None:
    of_class = {"resources": {"memory": "8Gi", "ephemeralStorage": "20Gi"}, "environment": environment}
    made = download(of_class, model=HUB)
    limit = {"resourceFieldRef": {"resource": "limits.ephemeral-storage", "divisor": "1"}}
    assert [each["valueFrom"] for each in made["env"] if each["name"] == STORAGE_LIMIT] == [limit]
    assert made["resources"]["limits"]["ephemeral-storage"] == "20Gi"
    assert STORAGE_LIMIT in {option.envvar for option in download_command.params}


def test_a_download_that_no_limit_of_the_pod_bounds_is_told_none() -> None:
    """Without a limit the kubelet would fill in all that the node has; what lies on a cache is not the pod's."""
    of_class = {"resources": {"memory": "8Gi", "ephemeralStorage": "20Gi"}}
    assert STORAGE_LIMIT not in values(download(model=HUB))
    assert STORAGE_LIMIT not in values(download(of_class, model=HUB, cache={"size": "1Gi"}))


def test_the_download_reaches_the_hub_and_the_runtime_does_not() -> None:
    assert values(download(model=HUB))["HF_HUB_OFFLINE"] == "0"
    assert values(container(model=HUB))["HF_HUB_OFFLINE"] == "1"


def test_a_class_without_a_way_to_the_hub_says_so() -> None:
    of_class = {"environment": [{"name": "HF_HUB_OFFLINE", "value": "1"}]}
    assert values(download(of_class, model=HUB))["HF_HUB_OFFLINE"] == "1"


def test_the_download_is_confined_as_the_runtime() -> None:
    of_class = {
        "resources": {"cpu": 2, "memory": "8Gi"},
        "device": "Cuda",
        "accelerator": {"resourceName": "x.com/gpu"},
    }
    made, runtime = download(of_class, model=HUB), container(of_class, model=HUB)
    same = ("image", "securityContext", "terminationMessagePolicy")
    assert {key: made[key] for key in same} == {key: runtime[key] for key in same}
    assert made["resources"] == {"requests": {"cpu": "2", "memory": "8Gi"}, "limits": {"memory": "8Gi"}}


def test_what_the_class_mounts_is_there_for_the_download_too() -> None:
    volume = {"name": "ca", "persistentVolumeClaim": {"claimName": "ca"}, "mountPath": "/etc/ca"}
    mounts = {each["name"]: each for each in download({"volumes": [volume]}, model=HUB)["volumeMounts"]}
    assert mounts.keys() == {"models", "class-ca", "tmp", "cache"}
    assert [name for name, mount in mounts.items() if mount.get("readOnly")] == ["class-ca"]


def test_a_cache_belongs_to_its_server() -> None:
    made = child("PersistentVolumeClaim", model=HUB, cache={"size": "4Gi", "storageClassName": "fast"})
    assert made["metadata"]["name"] == "demo-cache"
    assert len(made["metadata"]["ownerReferences"]) == 1
    assert "annotations" not in made["metadata"]
    assert made["spec"] == {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "4Gi"}},
        "storageClassName": "fast",
    }


def test_a_retained_cache_has_no_owner_who_could_take_it_along() -> None:
    cache = {"size": "4Gi", "accessMode": "ReadWriteMany", "whenDeleted": "Retain"}
    made = child("PersistentVolumeClaim", model=HUB, cache=cache)
    assert "ownerReferences" not in made["metadata"]
    assert made["metadata"]["annotations"] == {"modelserver.dev/retained-for": "demo"}
    assert made["spec"] == {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "4Gi"}}}


def test_without_a_cache_there_is_no_claim() -> None:
    assert "PersistentVolumeClaim" not in kinds(model=HUB)
