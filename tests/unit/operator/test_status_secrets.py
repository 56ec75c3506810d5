"""What is told of a pod whose Secrets are not there: the kubelet says it in Events, word for word as here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.unit.operator.seen import (
    NOW,
    REPLICA_SETS,
    STARTING,
    condition,
    deployment,
    ended,
    pod,
    running,
    told,
    waiting,
    wanted,
)

from modelserver_operator.api import Reason
from modelserver_operator.status import Children, changes_within, is_stuck

RATE = {"requestsPerMinutePerClient": 60, "redisSecretRef": {"name": "team-redis", "key": "connection"}}
AUTH = {"apiKeysSecretRef": {"name": "team-keys"}, "rateLimit": RATE}
NO_KEYS = 'MountVolume.SetUp failed for volume "keys" : secret "team-keys" not found'
NO_REDIS = 'MountVolume.SetUp failed for volume "redis" : secret "team-redis" not found'
NO_URL = 'MountVolume.SetUp failed for volume "redis" : references non-existent secret key: connection'
NO_DISK = 'MountVolume.SetUp failed for volume "pv" : mount failed: exit status 32'
NO_CACHE = (
    'MountVolume.SetUp failed for volume "keys" : failed to sync secret cache: timed out waiting for the condition'
)


def ready(said: str, auth: dict[str, Any] | None = AUTH) -> dict[str, Any]:
    """The Ready condition while the kubelet says this."""
    seen = pod(waiting("ContainerCreating"), uid="pod-1")
    children = Children(
        deployment=deployment(**STARTING), replica_sets=REPLICA_SETS, pods=[seen], complaints={"pod-1": said}
    )
    return condition(told(wanted(auth=auth), children), "Ready")


@pytest.mark.parametrize(
    ("said", "says"),
    [
        (NO_KEYS, "a Secret of namespace team that does not exist: team-keys; create it with an entry for each client"),
        (NO_KEYS, "or correct spec.auth.apiKeysSecretRef."),
        (NO_REDIS, "that does not exist: team-redis; create it with the entry connection, or correct spec.auth.rate"),
        (NO_URL, "that lacks the entry: team-redis; create it with the entry connection"),
    ],
)
def test_a_missing_secret_is_named_with_its_field(said: str, says: str) -> None:
    found = ready(said)
    assert (found["reason"], says in found["message"]) == (Reason.SECRET_MISSING, True), found["message"]


@pytest.mark.parametrize("said", [NO_DISK, NO_CACHE])
def test_other_complaints_are_the_kubelets_own(said: str) -> None:
    found = ready(said)
    assert (found["reason"], found["message"]) == (
        Reason.CONTAINER_CREATING,
        f"Pod demo-1 waits for its volumes: {said}",
    )


def test_a_volume_of_that_name_that_is_not_ours() -> None:
    """An admission webhook may add what it likes."""
    assert ready(NO_KEYS, auth=None)["reason"] == Reason.CONTAINER_CREATING


def test_a_missing_secret_needs_help_and_is_looked_for_again() -> None:
    seen = pod(uid="pod-1")
    children = Children(deployment=deployment(**STARTING), pods=[seen], complaints={"pod-1": NO_KEYS})
    found = told(wanted(auth=AUTH), children)
    assert condition(found, "Progressing")["status"] == "False"
    assert changes_within(found) == 30


@pytest.mark.parametrize(
    ("container", "download", "stuck"),
    [
        (None, None, True),
        (waiting("ContainerCreating"), None, True),
        (waiting("PodInitializing"), waiting("PodInitializing"), True),
        (waiting("PodInitializing"), running(5), False),
        (waiting("PodInitializing"), {"state": ended()}, False),
        (waiting("ImagePullBackOff"), None, False),
        (running(5), None, False),
    ],
)
def test_events_are_read_only_of_a_pod_that_says_nothing_itself(
    *, container: dict[str, Any] | None, download: dict[str, Any] | None, stuck: bool
) -> None:
    seen = pod(container, download=download)
    seen["status"]["conditions"][0]["lastTransitionTime"] = "2026-03-01T12:00:00Z"
    assert is_stuck(seen, NOW + timedelta(seconds=10)) == stuck
    assert not is_stuck(seen, NOW + timedelta(seconds=9))


def test_a_pod_without_a_node_is_not_the_kubelets() -> None:
    assert not is_stuck(pod(scheduled="0/1 nodes are available"), NOW)
