"""What must hold for the children of every server; the goldens show the rest."""

from __future__ import annotations

from typing import Any

import pytest
from tests.crd_cases import VECTORS, mix, server, server_class, variants

from modelserver_operator.api import ModelServer, ModelServerClass
from modelserver_operator.desired import Manifest, Owner, desired, replicas
from modelserver_operator.resolve import ASSUMED, Resolved, resolve

OWNER = Owner("demo", "default", "6ed08dcc")


def resolved(of_class: dict[str, Any] | None = None, name: str = "demo", **spec: Any) -> Resolved:
    """A ModelServer with its choices made."""
    outcome = resolve(
        ModelServer.parse(server(name, **spec), strict=True),
        ModelServerClass.parse(server_class(**(of_class or {})), strict=True),
        ASSUMED,
    )
    assert isinstance(outcome, Resolved), outcome
    return outcome


def child(kind: str, of_class: dict[str, Any] | None = None, **spec: Any) -> Manifest:
    """The only, or the last, child of a kind."""
    children = desired(resolved(of_class, **spec), OWNER)
    return [manifest for manifest in children if manifest["kind"] == kind][-1]


def container(of_class: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """The runtime's container."""
    (only,) = child("Deployment", of_class, **spec)["spec"]["template"]["spec"]["containers"]
    found: dict[str, Any] = only
    return found


def test_the_configuration_is_applied_before_its_reader() -> None:
    kinds = [manifest["kind"] for manifest in desired(resolved(), OWNER)]
    assert kinds == ["ConfigMap", "ConfigMap", "Deployment", "Service"]


def test_the_server_controls_every_child() -> None:
    for manifest in desired(resolved(), OWNER):
        (reference,) = manifest["metadata"]["ownerReferences"]
        assert (reference["kind"], reference["name"], reference["uid"]) == ("ModelServer", "demo", "6ed08dcc")
        assert (reference["controller"], reference["blockOwnerDeletion"]) == (True, True)


def test_the_number_of_pods_is_applied_by_itself() -> None:
    assert "replicas" not in child("Deployment")["spec"]
    assert replicas(resolved(replicas=3)) == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "demo", "namespace": "default"},
        "spec": {"replicas": 3},
    }


def test_retuning_changes_the_live_configuration_and_nothing_else() -> None:
    before = desired(resolved(emotions=variants("cheerful")), OWNER)
    steered = {"vectors": VECTORS, "default": {"mix": mix(scale=0.3)}, "variants": []}
    after = desired(resolved(emotions=steered), OWNER)
    changed = [new["metadata"]["name"] for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [before[1]["metadata"]["name"]]


@pytest.mark.parametrize(
    "spec", [{"servedNames": ["a"]}, {"engine": {"maxSequences": 3}}, {"admission": {"maxWaiting": 3}}]
)
def test_what_a_running_server_cannot_change_rolls_the_pods(spec: dict[str, Any]) -> None:
    before, after = child("Deployment"), child("Deployment", **spec)
    assert before["spec"]["template"] != after["spec"]["template"]


def test_equal_mixes_are_equal_text() -> None:
    one, other = (
        child("ConfigMap", emotions={"vectors": VECTORS, "default": {"mix": terms}})
        for terms in (mix("joy", 0.7) + mix("fear", -0.001), mix("fear", 0) + mix("joy", 0.699999))
    )
    assert one == other


def test_the_start_configuration_cannot_be_changed() -> None:
    start, live = desired(resolved(), OWNER)[:2]
    assert start["immutable"] is True
    assert "immutable" not in live


def test_names_fit() -> None:
    longest = desired(resolved(name="a" * 40), OWNER)
    assert max(len(manifest["metadata"]["name"]) for manifest in longest) <= 63


def test_a_pod_is_given_its_whole_startup_budget() -> None:
    probe = container(rollout={"startupTimeoutSeconds": 301})["startupProbe"]
    assert 301 <= probe["periodSeconds"] * probe["failureThreshold"] <= 302


def test_the_classs_variables_replace_ours() -> None:
    variables = container({"environment": [{"name": "HF_HUB_OFFLINE", "value": "0"}, {"name": "X", "value": "1"}]})[
        "env"
    ]
    names = [variable["name"] for variable in variables]
    assert len(names) == len(set(names))
    assert {"name": "HF_HUB_OFFLINE", "value": "0"} in variables
    assert names[-1] == "X"


def test_pods_are_restricted() -> None:
    pod = child("Deployment")["spec"]["template"]["spec"]
    assert (pod["automountServiceAccountToken"], pod["enableServiceLinks"]) == (False, False)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container()["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert {next(iter(set(volume) - {"name"})) for volume in pod["volumes"]} <= {
        "configMap",
        "emptyDir",
        "persistentVolumeClaim",
    }


def test_claims_are_mounted_read_only() -> None:
    volume = {"name": "engine", "persistentVolumeClaim": {"claimName": "engine"}, "mountPath": "/opt/engine"}
    children = child("Deployment", {"volumes": [volume]}, emotions={"vectors": VECTORS})
    pod = children["spec"]["template"]["spec"]
    claims = {each["name"]: each["persistentVolumeClaim"] for each in pod["volumes"] if "persistentVolumeClaim" in each}
    mounts = {each["name"]: each for each in pod["containers"][0]["volumeMounts"]}
    assert claims.keys() == {"models", "vectors", "class-engine"}
    assert all(claim["readOnly"] for claim in claims.values())
    assert all(mounts[name]["readOnly"] for name in claims)


def test_accelerators_are_limited_and_cpu_is_not() -> None:
    of_class = {"accelerator": {"resourceName": "nvidia.com/gpu"}, "resources": {"cpu": 4, "memory": "8Gi"}}
    resources = container(of_class, accelerators={"count": 2})["resources"]
    assert resources == {
        "requests": {"cpu": "8", "memory": "16Gi"},
        "limits": {"memory": "16Gi", "nvidia.com/gpu": "2"},
    }


@pytest.mark.parametrize(("strategy", "rolling"), [("Surge", (1, 0)), ("Replace", (0, 1))])
def test_strategies(strategy: str, rolling: tuple[int, int]) -> None:
    found = child("Deployment", rollout={"strategy": strategy})["spec"]["strategy"]["rollingUpdate"]
    assert (found["maxSurge"], found["maxUnavailable"]) == rolling
