"""Whose an object is, read from its owner references; and which of ours are superfluous."""

from __future__ import annotations

from typing import Any

import pytest

from modelserver_operator.children import Family, Whose, whose

SERVER = {"metadata": {"name": "demo", "uid": "now"}}


def owner(**changes: Any) -> dict[str, Any]:
    """The owner reference of the server's own children."""
    ours = {"apiVersion": "modelserver.dev/v1alpha1", "kind": "ModelServer", "name": "demo", "uid": "now"}
    return ours | {"controller": True} | changes


@pytest.mark.parametrize(
    ("owners", "expected"),
    [
        ([owner()], Whose.OURS),
        ([owner(uid="before")], Whose.FORMER),
        ([owner(uid="before", apiVersion="modelserver.dev/v1beta1")], Whose.FORMER),
        ([owner(uid="before", apiVersion="example.com/v1alpha1")], Whose.FOREIGN),
        ([owner(uid="before", apiVersion="v1")], Whose.FOREIGN),
        ([owner(uid="before", kind="Deployment")], Whose.FOREIGN),
        ([owner(uid="before", name="other")], Whose.FOREIGN),
        ([owner(controller=False)], Whose.FOREIGN),
        ([owner(uid="other", kind="Team", controller=False), owner()], Whose.OURS),
        ([], Whose.FOREIGN),
        (None, Whose.FOREIGN),
    ],
)
def test_the_controller_says_whose_it_is(owners: list[dict[str, Any]] | None, expected: Whose) -> None:
    assert whose({"metadata": {"ownerReferences": owners}}, SERVER) is expected


RETAINED = {"modelserver.dev/retained-for": "demo"}


@pytest.mark.parametrize(
    ("kind", "metadata", "expected"),
    [
        ("PersistentVolumeClaim", {"annotations": RETAINED}, Whose.RETAINED),
        ("PersistentVolumeClaim", {"annotations": {"modelserver.dev/retained-for": "other"}}, Whose.FOREIGN),
        ("PersistentVolumeClaim", {}, Whose.FOREIGN),
        ("PersistentVolumeClaim", {"annotations": RETAINED, "ownerReferences": [owner()]}, Whose.OURS),
        (
            "PersistentVolumeClaim",
            {"annotations": RETAINED, "ownerReferences": [owner(kind="Team", uid="other")]},
            Whose.FOREIGN,
        ),
        ("ConfigMap", {"annotations": RETAINED}, Whose.FOREIGN),
    ],
)
def test_a_retained_cache_says_so_itself(kind: str, metadata: dict[str, Any], expected: Whose) -> None:
    assert whose({"kind": kind, "metadata": metadata}, SERVER) is expected


def ours(kind: str, name: str, **more: Any) -> dict[str, Any]:
    """A child of the server's, which has the name as its uid, too."""
    return {"kind": kind, "metadata": {"name": name, "uid": name, "ownerReferences": [owner()]} | more}


def made_by(maker: str, kind: str, name: str, **spec: Any) -> dict[str, Any]:
    reference = {"uid": maker, "controller": True}
    return {"kind": kind, "metadata": {"name": name, "uid": name, "ownerReferences": [reference]}, "spec": spec}


def uses(config: str, account: str, claim: str) -> dict[str, Any]:
    volumes = [{"configMap": {"name": config}}, {"persistentVolumeClaim": {"claimName": claim}}, {"emptyDir": {}}]
    return {"serviceAccountName": account, "volumes": volumes}


def test_what_is_neither_wanted_nor_used_is_superfluous() -> None:
    config = [ours("ConfigMap", name) for name in ("wanted", "of-idle", "of-busy", "of-pod", "old")]
    accounts = [ours("ServiceAccount", name) for name in ("idle-account", "busy-account", "pod-account")]
    claims = [ours("PersistentVolumeClaim", name) for name in ("idle-claim", "busy-claim", "pod-claim")]
    others = [
        ours("Ingress", "demo"),
        ours("Service", "going", deletionTimestamp="2026-01-01T00:00:00Z"),
        {"kind": "Service", "metadata": {"name": "foreign"}},
        ours("Deployment", "deployment"),
        made_by(
            "deployment",
            "ReplicaSet",
            "idle",
            replicas=0,
            template={"spec": uses("of-idle", "idle-account", "idle-claim")},
        ),
        made_by(
            "deployment",
            "ReplicaSet",
            "busy",
            replicas=1,
            template={"spec": uses("of-busy", "busy-account", "busy-claim")},
        ),
        made_by("idle", "Pod", "pod", **uses("of-pod", "pod-account", "pod-claim")),
    ]
    family = Family(SERVER, [*config, *accounts, *claims, *others])
    found = family.superfluous([ours("Deployment", "deployment"), ours("ConfigMap", "wanted")])
    assert {each["metadata"]["name"] for each in found} == {"old", "demo", "idle-account", "idle-claim"}
