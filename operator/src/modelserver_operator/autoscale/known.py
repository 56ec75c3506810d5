"""Who knows the load of ModelServers: all that serving it needs to know of how it is read.

What is not known is never served as a number: a scaler that hears nothing keeps the pods that there are.
"""

from __future__ import annotations

from typing import Protocol

from modelserver_operator.status.load import Load


class NotAutoscaledError(Exception):
    """No autoscaled ModelServer has this name; the message says which."""


class UnknownLoadError(Exception):
    """The load is not known now; the message says why."""


class Known(Protocol):
    """The newest load of every ModelServer that is autoscaled."""

    @property
    def synced(self) -> bool:
        """Whether it is known which ModelServers there are."""

    def load(self, name: tuple[str, str]) -> Load | None:
        """Of the one with this namespace and name; None where no autoscaled one has them."""

    def of_namespace(self, namespace: str) -> list[tuple[str, Load]]:
        """Of all in a namespace, by name."""


def load_of(known: Known, namespace: str, name: str) -> Load:
    """The load of one ModelServer, with a number. Raises NotAutoscaledError and UnknownLoadError."""
    _require_synced(known)
    load = known.load((namespace, name))
    if load is None:
        raise NotAutoscaledError(f"there is no ModelServer {namespace}/{name} with spec.autoscaling")
    if load.unfinished is None:
        raise UnknownLoadError(f"the load of ModelServer {namespace}/{name} is not known: {load.why}")
    return load


def loads_of(known: Known, namespace: str) -> list[tuple[str, Load]]:
    """Those of a namespace, by name; some may have no number. Raises UnknownLoadError."""
    _require_synced(known)
    return known.of_namespace(namespace)


def _require_synced(known: Known) -> None:
    if not known.synced:
        raise UnknownLoadError("the ModelServers and their pods were not yet listed")
