"""A ModelServer that KEDA scales, or not, and every HorizontalPodAutoscaler that there ever was in its namespace."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from httpx import AsyncClient
from tests.autoscaling.background import Background
from tests.autoscaling.fleet import Fleet
from tests.autoscaling.following import follow
from tests.autoscaling.record import Record
from tests.autoscaling.scaled import HPA, Scaled, scaled
from tests.controlplane.kube import Kube, Manifest, eventually
from tests.controlplane.world import World

SCALED_OBJECT = "ScaledObject"


class Scalers(Record[frozenset[str]]):
    """The names of a namespace's HorizontalPodAutoscalers: which there were together, after each change."""

    def __init__(self, kube: Kube, background: Background, namespace: str) -> None:
        super().__init__(kube, background, (HPA, namespace, ""), lambda _: frozenset())

    async def _follow(self, http: AsyncClient) -> None:
        kind, namespace, _ = self._place
        there: set[str] = set()
        async for change in follow(http, kind, namespace):
            name = change.manifest["metadata"]["name"]
            (there.discard if change.kind == "DELETED" else there.add)(name)
            if frozenset(there) not in self.seen[-1:]:
                self.seen.append(frozenset(there))


@dataclass(frozen=True)
class ByKeda(Scaled):
    """scalers: whatever scaled anything in its namespace."""

    scalers: Scalers = field(kw_only=True)

    @property
    def keda_hpa(self) -> str:
        """What KEDA calls its HorizontalPodAutoscaler."""
        return f"keda-hpa-{self.name}"

    def hpa(self) -> Manifest:
        """KEDA's, or the operator's own; nothing while there is neither."""
        theirs = self.world.kube.get(HPA, self.keda_hpa, self.world.namespace)
        return theirs or super().hpa()

    def scaled_object(self) -> Manifest:
        """What the operator has made for KEDA; nothing while it has not."""
        return self.world.kube.get(SCALED_OBJECT, self.name, self.world.namespace) or {}

    def asks_for_keda(self, **autoscaling: Any) -> None:
        """Apply it, to be scaled by KEDA."""
        self.asks(**{"metricsSource": "KEDA"} | autoscaling)

    def keda_says(self, kind: str, status: str) -> None:
        """Wait for a condition of the ScaledObject."""

        def said() -> bool:
            conditions = self.scaled_object().get("status", {}).get("conditions", [])
            return any(each["type"] == kind and each["status"] == status for each in conditions)

        eventually(said, f"KEDA says {kind}={status} of {self.name}")


@contextmanager
def by_keda(world: World, fleet: Fleet, background: Background, name: str) -> Iterator[ByKeda]:
    """One whose pods are played; it is not applied yet."""
    scalers = Scalers(world.kube, background, world.namespace)
    with scaled(world, fleet, background, name) as one, scalers:
        yield ByKeda(one.world, one.fleet, one.sizes, one.name, scalers=scalers)
