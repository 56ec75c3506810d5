"""A value that the spec may state and the profile has otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from modelserver_operator.api.modelserver import Profile
from modelserver_operator.api.struct import Struct
from modelserver_operator.resolve.outcome import Valued
from modelserver_operator.resolve.profiles import PROFILES


@dataclass(frozen=True)
class Choice:
    """Chooses the values of one part of the spec. `part` and the profile name them alike; `path` is its place."""

    profile: Profile
    part: Struct
    path: str

    def asked(self, name: str) -> Valued[Any] | None:
        """The spec's value, if it states one."""
        value = getattr(self.part, name)
        alias = type(self.part).model_fields[name].alias
        return None if value is None else Valued(value, f"{self.path}.{alias}")

    def asked_or_profile(self, name: str) -> Valued[Any]:
        """The spec's value, else the profile's."""
        return self.asked(name) or self.of_profile(name)

    def of_profile(self, name: str) -> Valued[Any]:
        """The profile's value."""
        return Valued(getattr(PROFILES[self.profile], name), f"profile {self.profile}")
