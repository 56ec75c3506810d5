"""The metadata of a child: its name, its labels and its owner."""

from __future__ import annotations

from typing import Any

from modelserver_operator.api import API_VERSION
from modelserver_operator.desired.manifest import Owner
from modelserver_operator.resolve import identity


def metadata(owner: Owner, name: str) -> dict[str, Any]:
    """Metadata of the child `name`; the garbage collector removes it after its owner."""
    return {
        "name": name,
        "namespace": owner.namespace,
        "labels": identity.labels(owner.name),
        **({"ownerReferences": [reference(owner)]} if owner.uid else {}),
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
