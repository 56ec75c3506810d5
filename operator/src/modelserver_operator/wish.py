"""One child as it is wanted, and what of it is not so. Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from modelserver_operator import fields
from modelserver_operator.fields import Path

Manifest = dict[str, Any]

MANAGER = "modelserver-operator"
REPLICAS_MANAGER = "modelserver-operator-replicas"  # so that a scaler can take over the number, and only the number
MANAGERS = (MANAGER, REPLICAS_MANAGER)

REPLICAS: Path = ("f:spec", "f:replicas")


@dataclass(frozen=True)
class Wish:
    """What is always applied, and, where the number of pods is ours to set, the part with a field manager of its own.

    held: for now the object is to stay as it is, but for its scale. unheard: so the Deployment does not know yet which
    spec.replicas does not count; its scaler stays until it does, or its number would be lost with it.
    """

    manifest: Manifest
    scale: Manifest | None = None
    held: bool = False
    unheard: bool = False

    @property
    def kind(self) -> str:
        """The child's kind."""
        return str(self.manifest["kind"])

    @property
    def name(self) -> str:
        """The child's name."""
        return str(self.manifest["metadata"]["name"])

    @cached_property
    def digest(self) -> str:
        """The same for the same wish."""
        return _digest(self.manifest, self.scale, self.held)

    def at_birth(self) -> Manifest:
        """Both parts in one, so that not even for a moment a default number of pods exists."""
        assert self.scale is not None
        return self.manifest | {"spec": self.manifest["spec"] | self.scale["spec"]}

    def deviations(self, live: Mapping[str, Any]) -> list[Path]:
        """The fields of the object that are not as an apply would leave them."""
        return [path for part, manager in self.parts() for path in fields.deviations(part, live, manager)]

    def due(self, live: Mapping[str, Any]) -> list[tuple[Manifest, str]]:
        """What is to be applied, by which manager, in this order: the main one must own the rest before the other lets
        go of it."""
        return [(part, manager) for part, manager in self.parts() if fields.deviations(part, live, manager)]

    def parts(self) -> list[tuple[Manifest, str]]:
        """What may be applied, and by which manager, in the order of `due`."""
        always = [] if self.held else [(self.manifest, MANAGER)]
        return [*always, *([(self.scale, REPLICAS_MANAGER)] if self.scale else [])]


def _digest(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
