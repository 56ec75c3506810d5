"""The operator's life: log in, answer probes, be elected, work, stop."""

import asyncio
import logging
import math
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from prometheus_client import CollectorRegistry

from modelserver_operator import install, watch
from modelserver_operator.cluster import Cluster, Login
from modelserver_operator.health import Health
from modelserver_operator.metrics import Metrics
from modelserver_operator.parts import GATHER_SECONDS, Parts, election_for, lease_periods
from modelserver_operator.podstats import PodStats
from modelserver_operator.reconcile import Key
from modelserver_operator.settings import Settings

log = logging.getLogger(__name__)


async def operate(settings: Settings) -> None:
    """Answer probes, be elected, work until a signal comes. Raises LeaseLostError and what a watch or a loop raises."""
    stop = asyncio.Event()
    _stop_on_signals(stop)
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    login = await Login.load()
    async with Cluster(login, deadline_seconds=lease_periods(settings).call, answered=metrics.answered) as for_lease:
        election = election_for(settings, for_lease)
        async with (
            PodStats() as podstats,
            Cluster(login, deadline_seconds=settings.request_timeout_seconds, answered=metrics.answered) as for_scalers,
            Cluster(
                login,
                deadline_seconds=settings.request_timeout_seconds,
                may_write=election.leading,
                answered=metrics.answered,
            ) as cluster,
        ):
            parts = Parts.assemble(
                settings, login, cluster, election, metrics, podstats=podstats, for_scalers=for_scalers
            )
            registry.register(parts.state())
            registry.register(parts.servers())
            async with _probed(parts.health(registry)):
                log.info("API server %s, probes on port %d", login.server, settings.health_port)
                await _first(*parts.telling.loops(), _run(parts, stop))
    log.info("stopped")


async def _run(parts: Parts, stop: asyncio.Event) -> None:
    """Stand by until elected; then work until `stop` is set."""
    await _first(stop.wait(), parts.election.acquire())
    try:
        if not stop.is_set():
            await _first(
                stop.wait(), parts.election.hold(), install.wait_until_served(parts.cluster, timeout_seconds=math.inf)
            )
        if not stop.is_set():
            await _first(stop.wait(), parts.election.hold(), parts.discovery.begin())
        if not stop.is_set():
            await _work(parts, stop)
    finally:
        await parts.election.release()


async def _work(parts: Parts, stop: asyncio.Event) -> None:
    """Run loops and watches until a signal comes or one of them ends."""
    async with _watching(parts, stop) as watches:
        try:
            await _first(
                parts.queue.run(),
                parts.resync.run(parts.streams.begun),
                parts.discovery.run(),
                parts.rounds.run(),
                parts.election.hold(),
                stop.wait(),
                asyncio.wait({watches}),
            )
        finally:
            await parts.election.release()  # nothing writes any more, and another need not wait for our watches' end


@asynccontextmanager
async def _watching(parts: Parts, stop: asyncio.Event) -> AsyncIterator[asyncio.Task[None]]:
    """Watches, which end in the end; raises what they have failed with."""

    def add_soon(key: Key) -> None:  # what happens to a child seldom happens alone
        parts.queue.add_after(key, GATHER_SECONDS)

    enough = asyncio.Event()
    watches = asyncio.create_task(
        watch.run(
            parts.login,
            watch.Listeners(parts.queue.add, add_soon, parts.metrics.answered),
            parts.users,
            parts.streams,
            parts.discovery.optional_kinds(),
            namespaces=parts.settings.namespaces,
            stop=enough,
            started=lambda: _stop_on_signals(stop),  # kopf has put its own handlers in the place of ours
        )
    )
    try:
        yield watches
    finally:
        enough.set()
        await watches


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
