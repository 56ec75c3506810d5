"""Rules that cross fields, each said once: the API server reads the CEL, the parser calls the same rule's Python.

One shared table of objects (tests/crd_cases/) holds both sides to the same verdict.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Rule:
    """A statement about one struct.

    message: what the user reads, a sentence without a full stop.
    cel: true when the statement holds; `self` is the struct as the API server sees it.
    holds: the same for the parsed struct.
    field: where the API server points, relative to the struct; empty means the struct itself.
    """

    message: str
    cel: str
    holds: Callable[[Any], bool]
    field: str = ""

    def validation(self) -> dict[str, str]:
        """This rule as an entry of `x-kubernetes-validations`."""
        return _validation(self.cel, self.message, self.field)


@dataclass(frozen=True)
class Transition:
    """A statement about a change of one struct, which only the API server sees: `oldSelf` is what is stored."""

    message: str
    cel: str
    field: str = ""

    def validation(self) -> dict[str, str]:
        """This rule as an entry of `x-kubernetes-validations`."""
        return _validation(self.cel, self.message, self.field)


def _validation(cel: str, message: str, field: str) -> dict[str, str]:
    return {"rule": cel, "message": message, **({"fieldPath": f".{field}"} if field else {})}


def exactly_one(**members: str) -> Rule:
    """The rule of a union: of the given members exactly one is set.

    members: Python attribute to the key in the object.
    """
    keys = list(members.values())
    count = " + ".join(f"(has(self.{key}) ? 1 : 0)" for key in keys)
    return Rule(
        message=f"exactly one of {', '.join(keys)} must be set" if len(keys) > 1 else f"{keys[0]} must be set",
        cel=f"{count} == 1",
        holds=lambda struct: sum(getattr(struct, attribute) is not None for attribute in members) == 1,
    )


def never_none(attribute: str, key: str) -> Rule:
    """The rule that keeps the word `none` free: in a request it means "no emotion at all"."""
    return Rule(
        message=f"{key} may not be 'none': the word means 'no emotion' in a request",
        cel=f"self.{key} != 'none'",
        holds=lambda struct: getattr(struct, attribute) != "none",
        field=key,
    )
