"""The volume that keeps a downloaded model while pods come and go."""

from __future__ import annotations

from typing import Any

from modelserver_operator.api.cache import Cache
from modelserver_operator.desired.manifest import Manifest, Owner
from modelserver_operator.desired.metadata import metadata
from modelserver_operator.resolve import Resolved, identity


def cache_claim(resolved: Resolved, owner: Owner, cache: Cache) -> Manifest:
    """The claim. One that is retained has no owner, or the garbage collector would take it, and says whose it was."""
    storage_class = {"storageClassName": cache.storage_class_name} if cache.storage_class_name else {}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": _metadata(resolved, owner, cache),
        "spec": {
            "accessModes": [cache.access_mode],
            "resources": {"requests": {"storage": cache.size}},
            **storage_class,
        },
    }


def _metadata(resolved: Resolved, owner: Owner, cache: Cache) -> dict[str, Any]:
    name = identity.cache(resolved.name)
    if cache.when_deleted == "Delete":
        return metadata(owner, name)
    return metadata(owner, name, annotations={identity.RETAINED_FOR: resolved.name}, owned=False)
