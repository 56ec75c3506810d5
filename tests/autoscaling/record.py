"""Everything that one field of an object was, so that a dip between two looks is seen."""

from collections.abc import Callable
from types import TracebackType
from typing import Generic, TypeVar

import httpx
from tests.autoscaling.background import Background
from tests.autoscaling.following import Follower, follow
from tests.controlplane.kube import Kube, Manifest

T = TypeVar("T")


class Record(Generic[T]):
    """What `pick` takes of the object, from the block's begin on: each change of it once, in order."""

    def __init__(
        self, kube: Kube, background: Background, place: tuple[str, str, str], pick: Callable[[Manifest], T]
    ) -> None:
        """place: kind, namespace and name; the object need not exist yet."""
        self._follower = Follower(kube, background)
        self._place, self._pick = place, pick
        self.seen: list[T] = []

    def __enter__(self) -> "Record[T]":
        self._follower.begin(self._follow)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._follower.end()

    async def _follow(self, http: httpx.AsyncClient) -> None:
        kind, namespace, name = self._place
        async for change in follow(http, kind, namespace, fieldSelector=f"metadata.name={name}"):
            value = self._pick(change.manifest)
            if change.kind != "DELETED" and value not in self.seen[-1:]:
                self.seen.append(value)


def size(deployment: Manifest) -> int:
    """The number of pods that are asked for."""
    number: int = deployment["spec"]["replicas"]
    return number
