"""What a plan says. The text and the documents of `-o json` and `-o yaml` are made of these values alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from modelserver_operator.api import Problem
from modelserver_operator.cli.plan.sizes import Memory
from modelserver_operator.resolve import Valued

Source = Literal["Profile", "Field", "Class", "Default", "Computed"]
Change = Literal["New", "Changed", "Removed", "Unchanged", "Refused", "Unknown"]

# How the reasons of resolve begin that tell where a value stands; all others are computed from something.
_BEGINNINGS: tuple[tuple[str, Source], ...] = (
    (r"profile \w+", "Profile"),
    (r"(spec|metadata)\..*", "Field"),
    (r"(fixed by )?class \S+", "Class"),
    (r"default\b.*", "Default"),
)


@dataclass(frozen=True)
class Value:
    """A value by its name, whence it comes, and the sentence that says so."""

    name: str
    value: Any
    source: Source
    reason: str


@dataclass(frozen=True)
class Argument:
    """An option of the engine as its command line has it, such as --dtype; the value of a flag is empty."""

    option: str
    value: str
    source: Source
    reason: str


@dataclass(frozen=True)
class Budget:
    """A time that is allowed for something, in seconds."""

    name: str
    seconds: int
    source: Source
    reason: str


@dataclass(frozen=True)
class Basis:
    """By what a ModelServer is judged: its class and where that was found, its profile, and what the cluster has."""

    class_name: str
    class_from: str
    profile: str
    cluster: str


@dataclass(frozen=True, kw_only=True)
class Child:
    """An object that the operator makes; `change` is None where no cluster was asked.

    diff: what is stored now against what would be, in unified form. note: what else is to be said.
    """

    kind: str
    name: str
    change: Change | None = None
    diff: str = ""
    note: str = ""


@dataclass(frozen=True)
class Difference:
    """A value before and after; None where there is none."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """How pods are replaced, and, where a cluster was asked, whether they would be and why.

    rolls: None where no cluster was asked, nothing runs, or it is not known, and note says why. pods: how many there
    are, or would be. live: what changes without new pods.
    """

    strategy: str
    source: Source
    reason: str
    how: str
    turn: str
    pods: int
    rolls: bool | None = None
    note: str = ""
    because: tuple[Difference, ...] = ()
    live: tuple[Difference, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ServerPlan:
    """One ModelServer. What follows `problems` is empty where it is refused."""

    file: str
    namespace: str
    name: str
    basis: Basis | None
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    stored: Child | None = None
    children: tuple[Child, ...] = ()
    engine_arguments: tuple[Argument, ...] = ()
    effective: tuple[Value, ...] = ()
    memory: Memory | None = None
    budgets: tuple[Budget, ...] = ()
    rollout: Rollout | None = None

    @property
    def is_served(self) -> bool:
        """Whether it would be served: nothing refuses it, and it fits."""
        refused = [child for child in (*self.children, *filter(None, [self.stored])) if child.change == "Refused"]
        return not (self.problems or refused or (self.memory and self.memory.fits is False))


@dataclass(frozen=True)
class Affected:
    """A ModelServer that lives, under a class that is not applied yet: how many pods it has, and whether they would be
    replaced."""

    namespace: str
    name: str
    pods: int = 0
    rolls: bool = False
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ClassPlan:
    """One ModelServerClass; `stored` is None where no cluster was asked.

    servers: those of it that are not in the files; note: why they are not known.
    """

    file: str
    name: str
    problems: tuple[Problem, ...] = ()
    stored: Child | None = None
    servers: tuple[Affected, ...] = ()
    note: str = ""

    @property
    def is_good(self) -> bool:
        """Whether it could be applied, and every server of it goes on."""
        refused = self.stored is not None and self.stored.change == "Refused"
        return not (self.problems or refused or any(each.problems for each in self.servers))


@dataclass(frozen=True)
class Plan:
    """Everything that the files hold. skipped: what is not ours, and is no part of it."""

    servers: tuple[ServerPlan, ...]
    classes: tuple[ClassPlan, ...]
    skipped: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether nothing is refused, and everything fits."""
        return all(server.is_served for server in self.servers) and all(each.is_good for each in self.classes)


def source(reason: str) -> Source:
    """Whence a value comes, by the reason that resolve gives."""
    return next((found for pattern, found in _BEGINNINGS if re.fullmatch(pattern, reason)), "Computed")


def value(name: str, valued: Valued[Any]) -> Value:
    """A resolved value by its name."""
    return Value(name, valued.value, source(valued.reason), valued.reason)
