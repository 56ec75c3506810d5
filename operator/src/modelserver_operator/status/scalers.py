"""Which scalers there are for the pods of one ModelServer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Scalers:
    """As read. hpa, scaled_object: made for this ModelServer. of_keda: what KEDA has made of that ScaledObject.

    on_pods: "kind name" of somebody else's, which set the number of the same pods. on_server: of those that set
    spec.replicas, which is none of our business but where it does not count.
    """

    hpa: Mapping[str, Any] | None = None
    scaled_object: Mapping[str, Any] | None = None
    of_keda: Mapping[str, Any] | None = None
    on_pods: tuple[str, ...] = ()
    on_server: tuple[str, ...] = ()

    @property
    def ours(self) -> list[Mapping[str, Any]]:
        """What scales for this ModelServer, be it on its way in or out."""
        return [each for each in (self.hpa, self.scaled_object, self.of_keda) if each is not None]

    @property
    def at_work(self) -> Mapping[str, Any] | None:
        """The HorizontalPodAutoscaler that sets the number of pods."""
        return self.hpa or self.of_keda
