"""Which ModelServers there are and which class each uses, as lists and events have told.

A change of a class is no event of the servers that use it.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from modelserver_operator.reconcile import Key, key_of


class Users:
    """Of classes."""

    def __init__(self) -> None:
        self._class_of: dict[Key, str] = {}

    def known(self) -> frozenset[Key]:
        """All of them."""
        return frozenset(self._class_of)

    def seen(self, server: Mapping[str, Any]) -> None:
        """An event tells that it is there."""
        self._class_of[key_of(server)] = str((server.get("spec") or {}).get("className", ""))

    def gone(self, server: Mapping[str, Any]) -> None:
        """An event tells that it was deleted."""
        self._class_of.pop(key_of(server), None)

    def listed(self, servers: Iterable[Mapping[str, Any]], before: Collection[Key]) -> set[Key]:
        """These are all. Returns those of `before`, known when the list was asked for, whose deletion nobody told of.

        What came after that stays: a list knows nothing of it.
        """
        there = set()
        for server in servers:
            self.seen(server)
            there.add(key_of(server))
        missed = {key for key in before if key in self._class_of} - there
        for key in missed:
            del self._class_of[key]
        return missed

    def of(self, class_name: str) -> list[Key]:
        """Those that use the class."""
        return [key for key, name in self._class_of.items() if name == class_name]
