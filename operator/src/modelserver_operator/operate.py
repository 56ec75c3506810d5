"""The operator's life: log in, answer probes, be elected, work, stop. Every part is made here and handed the others."""

import asyncio
import logging
import math
import signal
import socket
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from prometheus_client import CollectorRegistry

from modelserver_operator import install, watch
from modelserver_operator.cluster import Cluster, Login, Manifest
from modelserver_operator.discovery import Discovery
from modelserver_operator.health import Bound, Health, within
from modelserver_operator.leader import CALL_SECONDS, Alone, Election, LeaseLock, identity
from modelserver_operator.metrics import Metrics, State
from modelserver_operator.observe import OPTIONAL
from modelserver_operator.reconcile import Key, Reconciler, holders
from modelserver_operator.report import Reporter
from modelserver_operator.resync import Resync
from modelserver_operator.rolls import Rolls
from modelserver_operator.settings import Settings
from modelserver_operator.streams import Streams
from modelserver_operator.workqueue import WorkQueue

STUCK_SECONDS = 900.0  # a pass makes some thirty calls, each with a deadline of its own; one that takes longer hangs
MISSED_RESYNCS = 3
GATHER_SECONDS = 0.15  # far less than the second within which drift is repaired
ELECTION_STUCK_SECONDS = 60.0  # it looks at the Lease every two seconds, with calls of five

log = logging.getLogger(__name__)


async def operate(settings: Settings) -> None:
    """Answer probes, be elected, work until a signal comes. Raises LeaseLostError and what a watch or a loop raises."""
    stop = asyncio.Event()
    _stop_on_signals(stop)
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    login = await Login.load()
    async with Cluster(login, deadline_seconds=CALL_SECONDS, answered=metrics.answered) as for_lease:
        election = _election(settings, for_lease)
        async with Cluster(
            login,
            deadline_seconds=settings.request_timeout_seconds,
            may_write=election.leading,
            answered=metrics.answered,
        ) as cluster:
            operator = Operator.assemble(settings, login, cluster, election, metrics)
            registry.register(operator.state())
            async with _probed(operator.health(registry)):
                log.info("API server %s, probes on port %d", login.server, settings.health_port)
                await operator.run(stop)
    log.info("stopped")


@dataclass(frozen=True)
class Operator:
    """The parts that work together."""

    settings: Settings
    login: Login
    cluster: Cluster
    election: Election | Alone
    metrics: Metrics
    queue: WorkQueue[Key]
    reconciler: Reconciler
    discovery: Discovery
    resync: Resync
    streams: Streams
    users: watch.Users

    @classmethod
    def assemble(
        cls, settings: Settings, login: Login, cluster: Cluster, election: Election | Alone, metrics: Metrics
    ) -> "Operator":
        """Make the parts; nothing begins yet."""

        def wake(key: Key) -> None:  # made before the queue that it wakes
            queue.add(key)

        def look_at_all() -> None:
            resync.nudge()

        def listed(servers: list[Manifest]) -> None:
            users.seen(servers)
            rolls.seed(holders(servers))

        users, rolls = watch.Users(), Rolls[Key](wake)
        discovery = Discovery(
            cluster,
            look_at_all,
            period=settings.discovery_seconds,
            operator_namespace=settings.pod_namespace,
            monitoring_namespaces=settings.monitoring_namespaces,
        )
        reconciler = Reconciler(
            cluster,
            Reporter(cluster, _now, socket.gethostname()),
            rolls,
            now=_now,
            facts=discovery.facts,
            missing=discovery.doubt,
            rejected_retry_seconds=settings.rejected_retry_seconds,
        )
        queue = WorkQueue[Key](metrics.timed(reconciler), workers=settings.workers)
        resync = Resync(
            cluster,
            queue.add,
            listed,
            namespaces=settings.namespaces,
            period=settings.resync_seconds,
        )
        streams = Streams(
            expected=watch.paths(settings.namespaces),
            optional=OPTIONAL,
            relisted=resync.nudge,
            missing=discovery.doubt,
        )
        return cls(settings, login, cluster, election, metrics, queue, reconciler, discovery, resync, streams, users)

    def health(self, registry: CollectorRegistry) -> Health:
        """The probes' server."""
        late = MISSED_RESYNCS * self.settings.resync_seconds + self.settings.request_timeout_seconds
        live = within(
            Bound("no look at the Lease", self.election.age, ELECTION_STUCK_SECONDS),
            Bound("no resync", self.resync.age, late),
            Bound("a reconcile has been running", self.queue.longest_pass, STUCK_SECONDS),
            Bound("ModelServers have been waiting and none taken up", self.queue.standstill, STUCK_SECONDS),
        )
        return Health(self.settings.health_port, live=live, ready=self._unready, registry=registry)

    def state(self) -> State:
        """What each scrape asks for."""
        return State(
            queue_depth=self.queue.depth,
            queue_oldest_seconds=self.queue.oldest,
            last_resync=lambda: self.resync.listed_at,
            leader=self.election.leading,
            drift_repairs=lambda: self.reconciler.repairs.total,
            contested=lambda: self.reconciler.repairs.contested(_now()),
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Stand by until elected; then work until `stop` is set."""
        await _first(stop.wait(), self.election.acquire())
        try:
            if not stop.is_set():
                await _first(
                    stop.wait(), self.election.hold(), install.wait_until_served(self.cluster, timeout_seconds=math.inf)
                )
            if not stop.is_set():
                await _first(stop.wait(), self.election.hold(), self.discovery.begin())
            if not stop.is_set():
                await self._work(stop)
        finally:
            await self.election.release()

    async def _work(self, stop: asyncio.Event) -> None:
        """Run loops and watches until a signal comes or one of them ends."""
        async with self._watching(stop) as watches:
            try:
                await _first(
                    self.queue.run(),
                    self.resync.run(self.streams.begun),
                    self.discovery.run(),
                    self.election.hold(),
                    stop.wait(),
                    asyncio.wait({watches}),
                )
            finally:
                await self.election.release()  # nothing writes any more, and another need not wait for our watches' end

    @asynccontextmanager
    async def _watching(self, stop: asyncio.Event) -> AsyncIterator[asyncio.Task[None]]:
        """Watches, which end in the end; raises what they have failed with."""
        enough = asyncio.Event()
        watches = asyncio.create_task(
            watch.run(
                self.login,
                watch.Listeners(self.queue.add, self._add_soon, self.metrics.answered),
                self.users,
                self.streams,
                self.discovery.optional_kinds(),
                namespaces=self.settings.namespaces,
                stop=enough,
                started=lambda: _stop_on_signals(stop),  # kopf has put its own handlers in the place of ours
            )
        )
        try:
            yield watches
        finally:
            enough.set()
            await watches

    def _add_soon(self, key: Key) -> None:
        """What happens to a child seldom happens alone."""
        self.queue.add_after(key, GATHER_SECONDS)

    def _unready(self) -> str | None:
        """A replica that stands by is ready to take over."""
        if not self.election.seen:
            return "the Lease was not yet read"
        return "the ModelServers were not yet listed" if self.election.leading() and not self.resync.listed else None


def _election(settings: Settings, cluster: Cluster) -> Election | Alone:
    if not settings.pod_namespace:
        return Alone()
    lock = LeaseLock(cluster, settings.pod_namespace, settings.lease_name)
    return Election(lock, identity(socket.gethostname()))


@asynccontextmanager
async def _probed(health: Health) -> AsyncIterator[None]:
    await health.start()
    try:
        yield
    finally:
        await health.stop()


async def _first(*coroutines: Coroutine[Any, Any, Any]) -> None:
    """Run all until the first ends, cancel the others, and raise what the first has raised."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in ended:
        task.result()


def _stop_on_signals(stop: asyncio.Event) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)


def _now() -> datetime:
    return datetime.now(UTC)
