"""The metadata of a child: its name, its labels and its owner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelserver_operator.api import API_VERSION
from modelserver_operator.desired.manifest import Manifest, Owner
from modelserver_operator.resolve import identity


def metadata(
    owner: Owner,
    name: str,
    *,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    owned: bool = True,
) -> dict[str, Any]:
    """Metadata of the child `name`; the garbage collector removes it after its owner, if it is `owned`.

    labels: further ones. None replaces ours, by which children are found.
    """
    return {
        "name": name,
        "namespace": owner.namespace,
        "labels": {**(labels or {}), **identity.labels(owner.name)},
        **({"annotations": dict(annotations)} if annotations else {}),
        **({"ownerReferences": [reference(owner)]} if owner.uid and owned else {}),
    }


def reference(owner: Owner) -> dict[str, Any]:
    """The controller reference: one controller at most, and the owner's deletion can wait for the child's."""
    return {
        "apiVersion": API_VERSION,
        "kind": "ModelServer",
        "name": owner.name,
        "uid": owner.uid,
        "controller": True,
        "blockOwnerDeletion": True,
    }


def annotated(manifest: Manifest, name: str, value: str) -> Manifest:
    """The manifest with one annotation more."""
    metadata = manifest["metadata"]
    return manifest | {"metadata": metadata | {"annotations": metadata.get("annotations", {}) | {name: value}}}
