"""All pods of all autoscaled ModelServers, each with a reader, and the loads that follow from what they said last."""

import asyncio
import time as clock
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from modelserver_operator.autoscale.reader import PERIOD_SECONDS, Asks, Reader
from modelserver_operator.autoscale.seen import Pod, Server
from modelserver_operator.status.load import Load, summed
from modelserver_operator.workqueue import Time

TURN_SECONDS = 1.0
KEPT = 512  # connections; a process often may have no more than 1024 files open

Name = tuple[str, str]  # namespace and name


@dataclass
class Readers:
    """Readers for the pods that `are` there. wall: the time in seconds since 1970."""

    asks: Asks
    time: Time = field(default_factory=Time)
    wall: Callable[[], float] = clock.time
    _targets: dict[Name, int] = field(default_factory=dict)
    _readers: dict[str, Reader] = field(default_factory=dict)  # by uid
    _of_server: dict[Name, list[Reader]] = field(default_factory=dict)
    _tasks: dict[Reader, asyncio.Task[None]] = field(default_factory=dict)
    _stirred: asyncio.Event = field(default_factory=asyncio.Event)
    _turned: float | None = None

    def are(self, servers: Mapping[Name, Server], pods: Iterable[Pod]) -> None:
        """These are the ModelServers and the pods now; whatever else was known is forgotten."""
        self._targets = {name: target for name, server in servers.items() if (target := self._target(name, server))}
        there = {pod.asked.uid: pod for pod in pods if pod.server in self._targets and pod.is_made and not pod.over}
        self._readers = {
            uid: self._reader(uid, pod, keep=index < KEPT) for index, (uid, pod) in enumerate(there.items())
        }
        self._of_server = defaultdict(list)
        for reader in self._readers.values():
            self._of_server[reader.pod.server].append(reader)
        self._stirred.set()

    def load(self, name: Name) -> Load | None:
        """The load at this moment; None where no autoscaled ModelServer is known by this name."""
        target = self._targets.get(name)
        if target is None:
            return None
        return summed([reader.reading() for reader in self._of_server.get(name, ())], target, self.wall())

    def names(self) -> Iterable[Name]:
        """The autoscaled ModelServers."""
        return self._targets.keys()

    def age(self) -> float:
        """Seconds since the loop last turned; 0 before it has begun."""
        return self.time.now() - self._turned if self._turned is not None else 0.0

    async def run(self) -> None:
        """Let everybody ask who should, for ever."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._turned = self.time.now()
                self._stirred.clear()
                self._start_and_stop(group)
                await self.time.within(TURN_SECONDS, self._stirred)

    def _target(self, name: Name, server: Server) -> int | None:
        """One that cannot be made out now is the former."""
        return server.target if server.is_valid else self._targets.get(name)

    def _reader(self, uid: str, pod: Pod, *, keep: bool) -> Reader:
        """A new one where the pod has become Ready: what it said or did not say before, while it loaded its model,
        counts for nothing, nor does the answer to a question that is open."""
        reader = self._readers.get(uid)
        new = reader is not None and pod.ready and not reader.was_ready
        if reader is None or new:
            return Reader(pod, self.asks, _phase(pod.server), keep, self.time, new)
        reader.sees(pod, keep=keep)
        return reader

    def _start_and_stop(self, group: asyncio.TaskGroup) -> None:
        readers = set(self._readers.values())
        for reader in self._tasks.keys() - readers:
            self._tasks.pop(reader).cancel()
        for reader in readers - self._tasks.keys():
            self._tasks[reader] = group.create_task(reader.run())


def _phase(server: Name) -> float:
    """When in the period the server's pods are asked, all of them together: servers are not asked in step."""
    return zlib.crc32("/".join(server).encode()) / 2**32 * PERIOD_SECONDS
