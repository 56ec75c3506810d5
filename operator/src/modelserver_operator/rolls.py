"""Whose turn it is when servers roll that nobody has changed: a few of a class, the next when one serves again. Pure.

It is mostly the class that has changed; an operator that makes other templates by mistake must not stop everything
either. What has not answered for long waits for nobody: it has nothing to lose, and may be what the change is to mend.
Who rolls stands in its status, which a restarted operator reads before its first pass; the line itself is in memory,
and forms anew.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from modelserver_operator.api import ConditionType
from modelserver_operator.status import condition, counts

Seen = Mapping[str, Any]
K = TypeVar("K", bound=Hashable)

LONG = timedelta(minutes=5)  # longer than a node's restart or a crash's back-off keeps the only pod away


def needs_turn(server: Seen, deployment: Seen | None, *, alike: bool, asked: bool, now: datetime) -> bool:
    """Whether this server would be rolled though it has not asked for it, and may not simply be.

    alike: whether the Deployment's pod template is as wished. asked: whether the server itself asks something else of
    its pods than when the Deployment was applied; who asks waits for nobody. A moment without a ready pod is no reason
    to roll: the old template would have come back. Generations of the class are not compared: one that is made anew
    counts from 1 again, and one that this operator has refused before is in the status, too.
    """
    return deployment is not None and not alike and not asked and not _long_down(server, now)


def _long_down(server: Seen, now: datetime) -> bool:
    available = condition(server.get("status") or {}, ConditionType.AVAILABLE)
    since = available.get("lastTransitionTime")
    return available.get("status") == "False" and now - datetime.fromisoformat(str(since)) >= LONG


def is_whole(deployment: Seen, replica_sets: Sequence[Seen], least: int) -> bool:
    """Whether all pods are of the newest template, and at least so many serve: for more that a scaler wants there may
    never be room."""
    found, told = counts(deployment, replica_sets), int(deployment["spec"].get("replicas", 1))
    return found.only_new and found.available >= min(least, told)


def rolls_nothing(deployment: Seen | None, replica_sets: Sequence[Seen], least: int, *, alike: bool) -> bool:
    """Whether a server that has its turn does nothing with it, since its Deployment could not be changed.

    least: how many pods make it whole. alike: whether the Deployment's pod template is as wished, after the attempt.
    """
    return deployment is not None and not alike and is_whole(deployment, replica_sets, least)


def holds_turn(server: Seen) -> bool:
    """Whether its status says that it is being rolled because of its class."""
    return "classRollout" in (server.get("status") or {})


@dataclass
class Rolls(Generic[K]):
    """The servers of each class that roll now, and those that wait; `wake` is called for one whose turn has come."""

    wake: Callable[[K], None]
    seeded: bool = False
    _rolling: dict[K, str] = field(default_factory=dict)
    _waiting: dict[K, tuple[str, int]] = field(default_factory=dict)  # in the order in which they came

    def seed(self, holders: Iterable[tuple[K, str]]) -> None:
        """Who rolled when the ModelServers were listed, and for which class; nobody has a turn before that."""
        self._rolling = dict(holders) | self._rolling
        self.seeded = True

    def ask(self, key: K, class_name: str, limit: int) -> bool:
        """Whether the server may roll, which it does until it leaves; if not, it waits in line."""
        if self.rolls(key, class_name):
            return True
        if key in self._rolling:
            self.leave(key)  # another class's
        if not self.seeded or self._free(class_name, limit) <= 0:
            self._waiting[key] = (class_name, limit)
            return False
        self._waiting.pop(key, None)
        self._rolling[key] = class_name
        return True

    def leave(self, key: K) -> None:
        """The server serves again, needs no turn, or is gone."""
        rolled, waited = self._rolling.pop(key, None), self._waiting.pop(key, None)
        for class_name in {rolled, waited and waited[0]}:
            if class_name:
                self._wake_next(class_name)

    def rolls(self, key: K, class_name: str) -> bool:
        """Whether it is the server's turn."""
        return self._rolling.get(key) == class_name

    def rolling(self, class_name: str) -> list[K]:
        """Who rolls now."""
        return [key for key, name in self._rolling.items() if name == class_name]

    def _free(self, class_name: str, limit: int) -> int:
        return limit - len(self.rolling(class_name))

    def _wake_next(self, class_name: str) -> None:
        """As many as there is room for, from the head of the line; they ask again."""
        line = [(key, limit) for key, (name, limit) in self._waiting.items() if name == class_name]
        for place, (key, limit) in enumerate(line):
            if place < self._free(class_name, limit):
                self.wake(key)
