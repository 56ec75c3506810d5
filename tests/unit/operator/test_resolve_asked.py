"""What a server itself asks of its pods: by its digest a roll is told from one that only its class brings."""

from __future__ import annotations

from typing import Any

import pytest
from tests.crd_cases import server

from modelserver_operator.api import ModelServer
from modelserver_operator.resolve.asked import asked


def digest(**spec: Any) -> str:
    return asked(ModelServer.parse(server(**spec), strict=True))


VECTORS = {"vectors": {"persistentVolumeClaim": {"claimName": "steering"}}}
SCALER = {"minReplicas": 1, "maxReplicas": 2, "targetUnfinishedRequests": 8}


@pytest.mark.parametrize(
    "spec",
    [
        {"replicas": 5},
        {"paused": True},
        {"autoscaling": SCALER},
        {"expose": {"ingress": {"host": "a.example.com"}}},
        {"monitoring": {"serviceMonitor": "Disabled"}},
        {"profile": "Balanced"},  # the default, written down
    ],
)
def test_what_replaces_no_pod_is_not_asked_of_them(spec: dict[str, Any]) -> None:
    assert digest(**spec) == digest()


@pytest.mark.parametrize(
    "retuned",
    [
        {"default": {"mix": [{"vector": "happiness", "scale": 0.3}]}},
        {"variants": [{"name": "happy", "mix": [{"vector": "happiness", "scale": 0.3}]}]},
        {"perRequest": "Disabled"},
    ],
)
def test_a_retune_is_not_asked_of_pods(retuned: dict[str, Any]) -> None:
    assert digest(emotions={**VECTORS, **retuned}) == digest(emotions=VECTORS)


@pytest.mark.parametrize(
    "spec",
    [
        {"engine": {"maxSequences": 3}},
        {"className": "other"},
        {"servedNames": ["another"]},
        {"emotions": VECTORS},
        {"emotions": {**VECTORS, "maxActiveMixes": 8}},
        {"rollout": {"drainSeconds": 400}},
    ],
)
def test_what_replaces_pods_is(spec: dict[str, Any]) -> None:
    assert digest(**spec) != digest()
