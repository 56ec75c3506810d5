"""What pods get of Secrets, and what the start configuration says of clients; the goldens show the rest."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from tests.unit.operator.made import OWNER, container, pod, resolved

from modelserver_operator.desired import desired
from modelserver_operator.desired.start_config import start_yaml

KEYS: dict[str, Any] = {"apiKeysSecretRef": {"name": "team-keys"}}
SHARED = {"requestsPerMinutePerClient": 60, "redisSecretRef": {"name": "team-redis", "key": "connection"}}


def volumes(**spec: Any) -> dict[str, Any]:
    """The pod's volumes by name."""
    return {each["name"]: each for each in pod(**spec)["volumes"]}


def mounts(**spec: Any) -> dict[str, Any]:
    """The runtime's mounts by the volume's name."""
    return {each["name"]: each for each in container(**spec)["volumeMounts"]}


def start(**spec: Any) -> dict[str, Any]:
    """The start configuration."""
    found: dict[str, Any] = yaml.safe_load(start_yaml(resolved(**spec)))
    return found


def test_keys_are_a_folder_so_that_they_can_be_changed_without_a_restart() -> None:
    assert volumes(auth=KEYS)["keys"]["secret"] == {"secretName": "team-keys", "defaultMode": 0o440}
    assert mounts(auth=KEYS)["keys"] == {"name": "keys", "mountPath": "/etc/modelserver/keys", "readOnly": True}
    assert start(auth=KEYS)["auth"] == {"keysPath": "/etc/modelserver/keys"}


def test_of_the_redis_secret_a_pod_gets_the_url_alone() -> None:
    auth = {**KEYS, "rateLimit": SHARED}
    assert volumes(auth=auth)["redis"]["secret"] == {
        "secretName": "team-redis",
        "items": [{"key": "connection", "path": "url"}],
        "defaultMode": 0o440,
    }
    assert mounts(auth=auth)["redis"]["mountPath"] == "/etc/modelserver/redis"
    expected = {"requestsPerMinutePerClient": 60, "redisUrlPath": "/etc/modelserver/redis/url"}
    assert start(auth=auth)["rateLimit"] == expected


def test_where_counts_are_in_redis_the_namespace_lies_beside_the_live_part_and_replaces_no_pod() -> None:
    """In another namespace may be a server of that name. The start configuration does not say it: pods are kept."""
    auth = {**KEYS, "rateLimit": SHARED}
    for asked, expected in (
        (auth, {"namespace": "default"}),
        ({**auth, "rateLimit": {**SHARED, "redisSecretRef": None}}, {}),
    ):
        (live,) = (each["data"] for each in desired(resolved(auth=asked), OWNER) if "live.yaml" in each.get("data", {}))
        assert {name: text for name, text in live.items() if name != "live.yaml"} == expected
    assert "namespace" not in start_yaml(resolved(auth=auth))


@pytest.mark.parametrize(
    ("auth", "secrets"), [(None, set()), (KEYS, {"keys"}), ({**KEYS, "rateLimit": SHARED}, {"keys", "redis"})]
)
def test_no_secret_comes_in_any_other_way(auth: dict[str, Any] | None, secrets: set[str]) -> None:
    assert {name for name, volume in volumes(auth=auth).items() if "secret" in volume} == secrets
    assert not [variable for variable in container(auth=auth)["env"] if "valueFrom" in variable]


def test_the_download_gets_no_secret_of_clients() -> None:
    (download,) = pod(auth=KEYS, model={"huggingFace": {"repo": "org/model"}})["initContainers"]
    assert "keys" not in {each["name"] for each in download["volumeMounts"]}


def test_whoever_runs_the_pod_can_read_its_secrets() -> None:
    """The mode lets the group read, and the kubelet gives the files of a Secret to the fsGroup."""
    context = pod({"securityContext": {"runAsUser": 1234, "fsGroup": 99}}, auth=KEYS)["securityContext"]
    assert (context["runAsUser"], context["fsGroup"]) == (1234, 99)
    assert volumes(auth=KEYS)["keys"]["secret"]["defaultMode"] & 0o040


def test_what_nobody_has_stated_is_left_out() -> None:
    config = start()
    assert not {"auth", "rateLimit", "cors"} & config.keys()
    assert config["generation"].keys() == {"maxTokensLimit", "reasoningEffort"}
    assert "systemDate" not in config["engine"]
    assert "refuseEarlyAbovePercent" not in config["admission"]


@pytest.mark.parametrize(("percent", "written"), [(1, 1), (99, 99), (100, None)])
def test_a_line_that_is_full_needs_no_early_refusal(percent: int, written: int | None) -> None:
    admission = start(admission={"refuseEarlyAbovePercent": percent})["admission"]
    assert admission.get("refuseEarlyAbovePercent") == written


@pytest.mark.parametrize(
    "spec",
    [
        {"auth": KEYS},
        {"auth": {**KEYS, "rateLimit": SHARED}},
        {"cors": {"allowedOrigins": ["*"]}},
        {"generation": {"maxTokens": 9}},
        {"admission": {"refuseEarlyAbovePercent": 9}},
    ],
)
def test_each_of_them_is_a_new_start(spec: dict[str, Any]) -> None:
    """The runtime reads all of it when it starts; only what lies in the Secrets changes while it runs."""
    before, after = (desired(resolved(**each), OWNER) for each in ({}, spec))
    names = [
        [each["metadata"]["name"] for each in children if each["kind"] == "ConfigMap"] for children in (before, after)
    ]
    assert names[0] != names[1]
