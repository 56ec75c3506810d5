"""The rules about the names that a ModelServer is known by: its own, its served names, its variants' names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from modelserver_operator.api.rules import Rule

if TYPE_CHECKING:
    from modelserver_operator.api.modelserver import ModelServer

# Room for "-start-" and a hash in a ConfigMap's name, and for the hashes that ReplicaSet and pod append (63 in all).
LONGEST_NAME = 40
# A Service's name: what DNS accepts as a label that begins with a letter.
_LABEL = r"^[a-z]([-a-z0-9]*[a-z0-9])?$"


def _variants(server: ModelServer) -> set[str]:
    return {variant.name for variant in server.spec.emotions.variants} if server.spec.emotions else set()


RULES: tuple[Rule, ...] = (
    Rule(
        message=f"the name may have at most {LONGEST_NAME} characters, so that the names made from it fit",
        cel=f"self.metadata.name.size() <= {LONGEST_NAME}",
        holds=lambda server: len(server.metadata.name) <= LONGEST_NAME,
        field="metadata.name",
    ),
    Rule(
        message="the name must be small letters, digits and dashes, begin with a letter and not end with a dash:"
        " a Service gets this name",
        cel=f"self.metadata.name.matches('{_LABEL}')",
        holds=lambda server: re.fullmatch(_LABEL, server.metadata.name) is not None,
        field="metadata.name",
    ),
    Rule(
        message="servedNames may not repeat the object's own name: it is served anyway",
        cel="!has(self.spec.servedNames) || !self.spec.servedNames.exists(name, name == self.metadata.name)",
        holds=lambda server: server.metadata.name not in server.spec.served_names,
        field="spec.servedNames",
    ),
    Rule(
        message="no variant may have the object's own name: that is the base model",
        cel="!has(self.spec.emotions) || !has(self.spec.emotions.variants)"
        " || !self.spec.emotions.variants.exists(variant, variant.name == self.metadata.name)",
        holds=lambda server: server.metadata.name not in _variants(server),
        field="spec.emotions",
    ),
    Rule(
        message="no variant may have a name of spec.servedNames: those are the base model",
        cel="!has(self.spec.servedNames) || !has(self.spec.emotions) || !has(self.spec.emotions.variants)"
        " || !self.spec.servedNames.exists(name,"
        " self.spec.emotions.variants.exists(variant, variant.name == name))",
        holds=lambda server: not _variants(server) & set(server.spec.served_names),
        field="spec.emotions",
    ),
)
