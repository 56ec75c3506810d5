"""What `plan` looks for in a namespace is what pods and Ingresses name there; and what it says where it is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.crd_cases.objects import HUB, VECTORS
from tests.unit.operator.resolving import resolved

from modelserver_operator.cli.plan.named import lacks, named
from modelserver_operator.desired import Owner, desired
from modelserver_operator.resolve import Resolved

TOKEN = {"name": "hub", "key": "token"}
CLOSED = {
    "apiKeysSecretRef": {"name": "keys"},
    "rateLimit": {"requestsPerMinutePerClient": 1, "redisSecretRef": {"name": "redis", "key": "url"}},
}
SPEC: dict[str, Any] = {
    "model": {"huggingFace": {**HUB["huggingFace"], "tokenSecretRef": TOKEN}},
    "emotions": {"vectors": VECTORS, "variants": []},
    "auth": CLOSED,
    "expose": {"ingress": {"host": "demo.test", "tlsSecretName": "tls"}},
}
SHARED = {"name": "shared", "persistentVolumeClaim": {"claimName": "shared"}, "mountPath": "/shared"}
OF_CLASS: dict[str, Any] = {
    "allowed": {"hosts": ["*.test"]},
    "imagePullSecrets": [{"name": "registry"}],
    "volumes": [SHARED],
}


NAMING = {"claimName": "PersistentVolumeClaim", "secretName": "Secret", "secretKeyRef": "Secret"}


def names_in(part: Any) -> Iterator[tuple[str, str]]:
    """(kind, name) of each claim and Secret that a part of a manifest names."""
    items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in items:
        if key in NAMING:
            yield NAMING[key], value["name"] if isinstance(value, dict) else value
        elif key == "imagePullSecrets":
            yield from (("Secret", each["name"]) for each in value)
        else:
            yield from names_in(value)


def asked_for(found: Resolved) -> set[tuple[str, str]]:
    """(kind, name) of what is looked for."""
    return {(each.kind.name, each.name) for each in named(found)}


@pytest.mark.parametrize("model", [SPEC["model"], {"persistentVolumeClaim": {"claimName": "models"}}])
def test_all_that_is_named_is_looked_for(model: dict[str, Any]) -> None:
    found = resolved({**SPEC, "model": model}, OF_CLASS)
    made = set(names_in([each["spec"] for each in desired(found, Owner("demo", "team")) if "spec" in each]))
    assert len(made) == 7
    assert asked_for(found) == made


def test_what_the_operator_makes_itself_is_not_looked_for() -> None:
    assert asked_for(resolved({"model": HUB, "cache": {"size": "1Gi"}})) == set()


def test_a_secret_must_have_the_entry_that_is_named() -> None:
    token, *_ = named(resolved(SPEC, OF_CLASS))
    assert list(lacks(token, {"data": {"token": "eA=="}}, "team")) == []
    assert list(lacks(token, {"data": {"other": "eA=="}}, "team")) == [
        "spec.model.huggingFace.tokenSecretRef: Secret hub of namespace team has no entry token; pods wait until it is "
        "there."
    ]
    assert "namespace team has no Secret hub" in next(lacks(token, None, "team"))
