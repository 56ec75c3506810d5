"""What must hold for the children of every server; the goldens show the rest."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
import yaml
from tests.crd_cases import VECTORS, mix, variants
from tests.unit.operator.made import OWNER, child, children, container, kinds, pod, resolved, values

from modelserver_operator.desired import desired, live_digest, replicas, template_digest

MODEL = {"huggingFace": {"repo": "org/model"}}
CLASS = {"allowed": {"hosts": ["a.example.com"]}}
ROUTE = {"httpRoute": {"parentRefs": [{"name": "gateway"}], "hostnames": ["a.example.com"]}}
ALWAYS = ["ServiceAccount", "ConfigMap", "ConfigMap", "NetworkPolicy", "Deployment", "PodDisruptionBudget", "Service"]


def test_what_a_pod_needs_is_applied_before_the_pods() -> None:
    assert kinds(CLASS, model=MODEL, cache={"size": "1Gi"}, expose=ROUTE) == [
        *ALWAYS[:3],
        "PersistentVolumeClaim",
        *ALWAYS[3:],
        "HTTPRoute",
        "ServiceMonitor",
        "PrometheusRule",
    ]


@pytest.mark.parametrize(
    ("of_class", "spec", "toggled"),
    [
        ({"serviceAccountName": "models"}, {}, {"ServiceAccount"}),
        ({}, {"model": MODEL, "cache": {"size": "1Gi"}}, {"PersistentVolumeClaim"}),
        ({}, {"monitoring": {"serviceMonitor": "Disabled"}}, {"ServiceMonitor"}),
        ({}, {"monitoring": {"alerts": "Disabled"}}, {"PrometheusRule"}),
        ({}, {"replicas": 0}, {"PrometheusRule"}),
        (CLASS, {"expose": ROUTE}, {"HTTPRoute"}),
        (CLASS, {"expose": {"ingress": {"host": "a.example.com"}}}, {"Ingress"}),
    ],
)
def test_toggles(of_class: dict[str, Any], spec: dict[str, Any], toggled: set[str]) -> None:
    assert {*kinds(of_class, **spec)} ^ {*ALWAYS, "ServiceMonitor", "PrometheusRule"} == toggled


def test_the_server_controls_every_child() -> None:
    for manifest in children(CLASS, model=MODEL, cache={"size": "1Gi"}, expose=ROUTE):
        (reference,) = manifest["metadata"]["ownerReferences"]
        assert (reference["kind"], reference["name"], reference["uid"]) == ("ModelServer", "demo", "6ed08dcc")
        assert (reference["controller"], reference["blockOwnerDeletion"]) == (True, True)


def test_the_number_of_pods_is_applied_by_itself() -> None:
    assert "replicas" not in child("Deployment")["spec"]
    assert replicas(resolved(), 3) == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "demo", "namespace": "default"},
        "spec": {"replicas": 3},
    }


@pytest.mark.parametrize(
    "retuned", [{"default": {"mix": mix(scale=0.3)}, "variants": []}, variants("grave"), {"perRequest": "Disabled"}]
)
def test_retuning_changes_the_live_configuration_and_nothing_else(retuned: dict[str, Any]) -> None:
    before = desired(resolved(emotions=variants("cheerful")), OWNER)
    after = desired(resolved(emotions=variants("cheerful") | retuned), OWNER)
    (changed,) = (new for old, new in zip(before, after, strict=True) if old != new)
    assert "live.yaml" in changed["data"]


@pytest.mark.parametrize(
    "spec",
    [
        {"servedNames": ["a"]},
        {"engine": {"maxSequences": 3}},
        {"admission": {"maxWaiting": 3}},
        {"emotions": {"vectors": VECTORS}},
    ],
)
def test_what_a_running_server_cannot_change_rolls_the_pods(spec: dict[str, Any]) -> None:
    before, after = child("Deployment"), child("Deployment", **spec)
    assert before["spec"]["template"] != after["spec"]["template"]


def test_the_bound_of_mixes_rolls_the_pods_where_there_are_vectors() -> None:
    few, default, without = (
        child("Deployment", emotions=emotions)["spec"]["template"]
        for emotions in ({"vectors": VECTORS, "maxActiveMixes": 8}, {"vectors": VECTORS}, {"maxActiveMixes": 8})
    )
    assert few != default
    assert without == child("Deployment")["spec"]["template"]


def test_equal_mixes_are_equal_text() -> None:
    one, other = (
        child("ConfigMap", emotions={"vectors": VECTORS, "default": {"mix": terms}})
        for terms in (mix("joy", 0.7) + mix("fear", -0.001), mix("fear", 0) + mix("joy", 0.699999))
    )
    assert one == other


def test_the_live_digest_is_that_of_the_files_bytes() -> None:
    steered = resolved(emotions=variants("cheerful"))
    text = desired(steered, OWNER)[2]["data"]["live.yaml"]
    assert live_digest(steered) == hashlib.sha256(text.encode()).hexdigest()
    assert "perRequest: Enabled" in text


def test_each_text_is_written_as_yaml_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML takes long, a pass asks often, and all else waits for it."""
    digest = live_digest(resolved(emotions=variants("of-one-test")))
    monkeypatch.setattr(yaml, "safe_dump", None)
    assert live_digest(resolved(emotions=variants("of-one-test"))) == digest


def test_the_start_configuration_cannot_be_changed() -> None:
    start, live = (each for each in children() if each["kind"] == "ConfigMap")
    assert start["immutable"] is True
    assert "immutable" not in live


def test_names_fit() -> None:
    longest = desired(resolved(name="a" * 40), OWNER)
    assert max(len(manifest["metadata"]["name"]) for manifest in longest) <= 63


def test_a_pod_is_given_its_whole_startup_budget() -> None:
    probe = container(rollout={"startupTimeoutSeconds": 301})["startupProbe"]
    assert 301 <= probe["periodSeconds"] * probe["failureThreshold"] <= 302


def test_the_classs_variables_replace_ours() -> None:
    environment = [{"name": "HF_HUB_OFFLINE", "value": "0"}, {"name": "X", "value": "1"}]
    variables = values(container({"environment": environment}))
    assert variables["HF_HUB_OFFLINE"] == "0"
    assert list(variables)[-1] == "X"


def test_pods_are_restricted() -> None:
    made = pod()
    assert (made["automountServiceAccountToken"], made["enableServiceLinks"]) == (False, False)
    assert made["securityContext"]["runAsNonRoot"] is True
    assert container()["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert {next(iter(set(volume) - {"name"})) for volume in made["volumes"]} <= {
        "configMap",
        "emptyDir",
        "persistentVolumeClaim",
    }


def test_claims_are_mounted_read_only() -> None:
    volume = {"name": "engine", "persistentVolumeClaim": {"claimName": "engine"}, "mountPath": "/opt/engine"}
    made = pod({"volumes": [volume]}, emotions={"vectors": VECTORS})
    volumes = {each["name"]: each for each in made["volumes"]}
    claims = {name: each["persistentVolumeClaim"] for name, each in volumes.items() if "persistentVolumeClaim" in each}
    mounts = {each["name"]: each for each in made["containers"][0]["volumeMounts"]}
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


def test_the_deployment_says_which_template_it_was_given() -> None:
    def digest(**spec: Any) -> str:
        found: str = child("Deployment", **spec)["metadata"]["annotations"]["modelserver.dev/template"]
        return found

    assert digest() == template_digest(resolved())
    assert digest() == digest(rollout={"strategy": "Replace"}) == digest(replicas=3)  # not in the template
    assert digest() != digest(engine={"maxSequences": 3})


def test_a_server_has_an_account_of_its_own_without_a_token() -> None:
    account = child("ServiceAccount")
    assert (account["metadata"]["name"], account["automountServiceAccountToken"]) == ("demo", False)
    assert pod()["serviceAccountName"] == "demo"
    assert pod({"serviceAccountName": "models"})["serviceAccountName"] == "models"
