"""Who knows the load of ModelServers: all that serving it needs to know of how it is read."""

from __future__ import annotations

from typing import Protocol

from modelserver_operator.status.load import Load


class Known(Protocol):
    """The newest load of every ModelServer that is autoscaled."""

    @property
    def synced(self) -> bool:
        """Whether it is known which ModelServers there are."""

    def load(self, name: tuple[str, str]) -> Load | None:
        """Of the one with this namespace and name; None where no autoscaled one has them."""

    def of_namespace(self, namespace: str) -> list[tuple[str, Load]]:
        """Of all in a namespace, by name."""
