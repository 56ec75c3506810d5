"""What is needed of all objects of one kind, kept as the API server has it: listed, then watched."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from modelserver_operator.cluster.client import Cluster
from modelserver_operator.cluster.errors import ClusterError
from modelserver_operator.cluster.kinds import Kind, Manifest
from modelserver_operator.cluster.watching import Event

V = TypeVar("V")

Name = tuple[str, str]  # namespace and name

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Held(Generic[V]):
    """What is kept of an object, and the resourceVersion that it was made of."""

    version: str
    view: V


class Mirror(Generic[V]):
    """The objects of a kind, in one namespace or in all, those that the label and field selectors select.

    `view` gives what is kept of an object: a thousand whole ones would fill the memory. `changed` hears when objects
    have come, gone or become others; never of what is as it was. `pause` gives the seconds until the next attempt after
    so many failures in a row, counted from 1.
    """

    def __init__(
        self,
        cluster: Cluster,
        kind: Kind,
        view: Callable[[Manifest], V],
        changed: Callable[[], None],
        *,
        namespace: str | None = None,
        labels: str = "",
        fields: str = "",
        pause: Callable[[int], float],
    ) -> None:
        self._cluster, self._kind, self._namespace = cluster, kind, namespace
        self._labels, self._fields = labels, fields
        self._view, self._changed, self._pause = view, changed, pause
        self._held: dict[Name, _Held[V]] = {}
        self._version = ""  # from which a watch goes on; empty: from a list
        self._failures = 0
        self.synced = False
        """Whether there was a list: before, nothing is known."""

    @property
    def objects(self) -> Mapping[Name, V]:
        """The objects by namespace and name."""
        return {name: held.view for name, held in self._held.items()}

    async def run(self) -> None:
        """Follow the objects, for ever; a failure is logged and made good."""
        while True:
            try:
                await self._follow()
                self._version = ""  # a list now and then finds what a watch may have kept to itself
            except ClusterError as error:
                log.warning("cannot follow %s in %s: %s", self._kind.plural, self._namespace or "any namespace", error)
                if error.status:  # not a connection that broke off: 410, or whatever else a watch cannot go on after
                    self._version = ""
            self._failures += 1
            await asyncio.sleep(self._pause(self._failures))

    async def _follow(self) -> None:
        """Until the watch ends. Raises ClusterError."""
        if not self._version:
            await self._list()
        watch = self._cluster.watch(
            self._kind, self._namespace, version=self._version, labels=self._labels, fields=self._fields
        )
        async with contextlib.aclosing(watch) as events:
            async for event in events:
                self._failures = 0
                self._take(event)

    async def _list(self) -> None:
        """Begin anew: what is not in the list is gone."""
        found, version = dict[Name, _Held[V]](), ""
        async for page in self._cluster.pages(self._kind, self._namespace, labels=self._labels, fields=self._fields):
            found |= {_name(item): self._kept(item) for item in page.items}
            version = page.version
        differs = not self.synced or found != self._held
        self._held, self._version, self.synced = found, version, True
        if differs:
            self._changed()

    def _take(self, event: Event) -> None:
        self._version = event.object["metadata"]["resourceVersion"]
        if event.type == "BOOKMARK":
            return
        name, before = _name(event.object), self._held.get(_name(event.object))
        if event.type == "DELETED":
            self._held.pop(name, None)
        else:
            self._held[name] = self._kept(event.object)
        if self._held.get(name) is not before:
            self._changed()

    def _kept(self, item: Manifest) -> _Held[V]:
        """What is held of it already, if it is the same."""
        before, version = self._held.get(_name(item)), item["metadata"]["resourceVersion"]
        return before if before and before.version == version else _Held(version, self._view(item))


def _name(item: Manifest) -> Name:
    return item["metadata"].get("namespace", ""), item["metadata"]["name"]
