"""Every number of pods that a Deployment was asked for, so that a dip between two looks is seen."""

import asyncio
from types import TracebackType

from tests.autoscaling.background import Background
from tests.autoscaling.following import follow
from tests.controlplane.kube import Kube


class Sizes:
    """spec.replicas of one Deployment from the block's begin on, each change of it once, in order."""

    def __init__(self, kube: Kube, background: Background, namespace: str, name: str) -> None:
        self._http, self._background = kube.asynchronous(), background
        self._namespace, self._name = namespace, name
        self.seen: list[int] = []

    def __enter__(self) -> "Sizes":
        self._background.do(self._begin())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._background.do(self._end())

    @property
    def now(self) -> int:
        """The last one that was seen."""
        return self.seen[-1] if self.seen else 0

    async def _begin(self) -> None:
        self._following = self._background.begin(self._follow())

    async def _end(self) -> None:
        self._following.cancel()
        await asyncio.gather(self._following, return_exceptions=True)
        await self._http.aclose()

    async def _follow(self) -> None:
        one = f"metadata.name={self._name}"
        async for change in follow(self._http, "Deployment", self._namespace, fieldSelector=one):
            size = change.manifest["spec"]["replicas"]
            if not self.seen or self.seen[-1] != size:
                self.seen.append(size)
