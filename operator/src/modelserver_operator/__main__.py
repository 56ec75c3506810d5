"""The operator's process, and the one-shot command that the chart's hook runs.

`python -m modelserver_operator` ends with 0 on SIGTERM and SIGINT, and with 1 when a watch or a loop of its own has
failed: whoever runs it starts it again, and nothing is lost by that. Wrong settings end it with 2. `install-classes`
ends with 143 on SIGTERM.
"""

import signal
import sys

if __name__ == "__main__":
    # The first process of a container ignores SIGTERM until it has a handler, and the imports below take seconds.
    # A command that is ended has not done its work: the chart's Job must not count it as done.
    ended = 0 if len(sys.argv) == 1 else 128 + signal.SIGTERM
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(ended))

import asyncio
import logging
import math
import socket
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from modelserver_operator import install, logs, watch
from modelserver_operator.cluster import Cluster, Login, LoginError
from modelserver_operator.health import Health
from modelserver_operator.reconcile import Key, Reconciler
from modelserver_operator.resync import Resync
from modelserver_operator.settings import Settings
from modelserver_operator.workqueue import WorkQueue

STUCK_SECONDS = 900.0  # a pass makes some twenty calls, each with a deadline of its own; one that takes longer hangs
MISSED_RESYNCS = 3

log = logging.getLogger("modelserver_operator")


@click.group(invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """Run the operator until SIGTERM. Settings come from MODELSERVER_* of the environment."""
    try:
        settings = Settings()
    except ValidationError as error:
        raise click.UsageError(f"the environment holds settings that are not valid: {error}") from error
    logs.configure(settings.log_format, settings.log_level)
    context.obj = settings
    if context.invoked_subcommand is None:
        _run(operate(settings))


@main.command("install-classes")
@click.argument("folder", type=click.Path(path_type=Path))
@click.pass_obj
def install_classes(settings: Settings, folder: Path) -> None:
    """Apply every ModelServerClass in FOLDER's *.yaml files, in place, and end."""
    _run(_install(settings, folder))


async def operate(settings: Settings) -> None:
    """Watch, queue, reconcile and resync until a signal comes. Raises what a watch or a loop has failed with."""
    stop = asyncio.Event()
    _stop_on_signals(stop)
    login = await Login.load()
    async with Cluster(login, deadline_seconds=settings.request_timeout_seconds) as cluster:
        reconciler = Reconciler(cluster, _now, socket.gethostname(), settings.rejected_retry_seconds)
        queue = WorkQueue[Key](reconciler, workers=settings.workers)
        resync = Resync(cluster, queue.add, namespaces=settings.namespaces, period=settings.resync_seconds)
        health = _health(settings, queue, resync)
        await health.start()
        log.info("API server %s, probes on port %d", login.server, settings.health_port)
        try:
            await _first(stop.wait(), install.wait_until_served(cluster, timeout_seconds=math.inf))
            if not stop.is_set():
                await _work(settings, login, queue, resync, stop)
        finally:
            await health.stop()
    log.info("stopped")


async def _work(settings: Settings, login: Login, queue: WorkQueue[Key], resync: Resync, stop: asyncio.Event) -> None:
    """Run loops and watches until a signal comes or one of them ends; then end the loops first, the watches last."""
    enough = asyncio.Event()
    watches = asyncio.create_task(
        watch.run(
            login,
            add=queue.add,
            relisted=resync.nudge,
            namespaces=settings.namespaces,
            stop=enough,
            started=lambda: _stop_on_signals(stop),  # kopf has put its own handlers in the place of ours
        )
    )
    try:
        await _first(queue.run(), resync.run(), stop.wait(), asyncio.wait({watches}))
    finally:
        enough.set()
        await watches


async def _install(settings: Settings, folder: Path) -> None:
    classes = install.read_classes(folder)
    async with Cluster(await Login.load(), deadline_seconds=settings.request_timeout_seconds) as cluster:
        await install.install(cluster, classes, timeout_seconds=settings.install_timeout_seconds)


def _health(settings: Settings, queue: WorkQueue[Key], resync: Resync) -> Health:
    late = MISSED_RESYNCS * settings.resync_seconds + settings.request_timeout_seconds

    def live() -> str | None:
        if resync.age() > late:
            return f"no resync for {resync.age():.0f} s"
        if queue.longest_pass() > STUCK_SECONDS:
            return f"a reconcile has been running for {queue.longest_pass():.0f} s"
        return None

    def ready() -> str | None:
        return None if resync.listed else "the ModelServers were not yet listed"

    return Health(settings.health_port, live=live, ready=ready)


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


def _run(command: Coroutine[Any, Any, None]) -> None:
    try:
        asyncio.run(command)
    except (install.InstallError, LoginError, OSError) as error:  # OSError: the port of the probes is taken
        log.critical("%s", error)
        sys.exit(1)
    except Exception:  # the outermost edge: the traceback belongs in the log, in the log's own format
        log.critical("the operator has failed and ends", exc_info=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
