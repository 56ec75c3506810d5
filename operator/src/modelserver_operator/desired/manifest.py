"""One Kubernetes object as plain data, and whom it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

Manifest: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Owner:
    """The ModelServer that the children belong to.

    uid: the stored object's; empty for an object that no cluster has stored, whose children then name no owner.
    """

    name: str
    namespace: str
    uid: str = ""
