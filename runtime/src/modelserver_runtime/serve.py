"""One server from its start to its end, as numbered steps."""

import asyncio
import logging
import signal
import time
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from socket import socket
from typing import Any, Protocol, TypeVar

from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp

from modelserver_runtime import control, listen, stats
from modelserver_runtime.admission.clock import REAL, Clock
from modelserver_runtime.config import StartConfig
from modelserver_runtime.connections import Server
from modelserver_runtime.live.watch import Live, Workers
from modelserver_runtime.parts import assemble
from modelserver_runtime.refusals import BROKEN, DRAIN_LIMIT

log = logging.getLogger(__name__)

T = TypeVar("T")

DRAINED, ENGINE_DIED = 0, 3  # exit codes
LAST_WORDS_SECONDS = 5.0  # for requests that were just cut to send their error, or to find that nobody reads it


class RunningEngine(Protocol):
    """What a server needs of its engine."""

    app: ASGIApp

    @property
    def steering(self) -> Workers | None:
        """Its workers, where the server has vectors."""

    async def died(self) -> None:
        """Return when the engine is dead."""

    def owes(self) -> bool:
        """Whether there are requests that it has not finished. May be asked from any thread."""

    def tell_steps(self, to: Callable[[], None]) -> None:
        """Call `to` at each step of the engine from now on."""


StartEngine = Callable[[], AbstractAsyncContextManager[RunningEngine]]


class Service:
    """The server: shell, control port and lifecycle around one engine."""

    def __init__(
        self,
        config: StartConfig,
        start_engine: StartEngine,
        registry: CollectorRegistry,
        clock: Clock = REAL,
    ) -> None:
        """Raises VectorError where there are vectors and the model is none that can be steered."""
        self._config = config
        self._start_engine = start_engine
        self._began = time.monotonic()
        self._parts = assemble(config, registry, clock)
        self.lifecycle = self._parts.lifecycle
        self.gate = self._parts.gate
        self._live = Live.of(config, self._parts.emotions, self._parts.metrics, clock)

    async def run(self, http: socket, control_port: socket, stop: asyncio.Event) -> int:
        """Serve until `stop` is set and everything accepted is answered, or the engine dies. The exit code."""
        # 1. Probes and refusals are answered from the first moment on.
        health = self._parts.health
        app = control.app(health, self._parts.metrics.registry, self._stats)
        keep_alive = self._config.server.keep_alive_seconds
        with health.heartbeat.beating(health.tell), control.served(app, control_port):
            async with listen.serving(self._parts.shell, http, keep_alive) as door, AsyncExitStack() as engine_stack:
                # 2. The engine starts; told to stop meanwhile, nothing was accepted and nothing is owed.
                engine = await _unless(stop.wait(), self._started(engine_stack))
                if engine is None:
                    return DRAINED
                self._serve(engine)
                # 3. Serve until told to stop, then drain; an engine that dies ends either.
                code = await _unless(engine.died(), self._until_drained(stop, engine, door))
                # 4. Leaving the blocks stops the engine, then the http port, then the control port.
                return await self._break_down() if code is None else code

    async def _started(self, stack: AsyncExitStack) -> RunningEngine:
        """The engine, with what names stand for in force. What cannot be is told before a model is loaded for it."""
        first = await self._live.first() if self._live else None
        engine = await stack.enter_async_context(self._start_engine())
        if self._live and first and engine.steering:
            await self._live.begin(first, engine.steering)
        return engine

    def _serve(self, engine: RunningEngine) -> None:
        self._parts.ask.engine = engine.app
        self._parts.health.pulse.watch(engine.owes)
        engine.tell_steps(self._parts.health.step)
        self.lifecycle.serve()
        seconds = round(time.monotonic() - self._began, 1)
        log.info("ready", extra={"fields": {"served_names": self._config.server.served_names, "seconds": seconds}})

    async def _until_drained(self, stop: asyncio.Event, engine: RunningEngine, door: Server) -> int:
        if self._live and engine.steering:
            await _unless(stop.wait(), self._live.watch(engine.steering))
        await stop.wait()
        drain = self._config.drain
        log.info("told to stop", extra={"fields": {"unfinished": self.gate.unfinished}})
        await self.lifecycle.leave(drain.lame_duck_seconds)
        door.know_early()
        if not await self.lifecycle.drained(drain.drain_seconds):
            log.warning("drain limit reached", extra={"fields": {"unfinished": self.gate.unfinished}})
            self._parts.ask.deadline.cut_all(DRAIN_LIMIT)
            await self.lifecycle.idle(LAST_WORDS_SECONDS)
        door.hang_up_idle()
        log.info("drained")
        return DRAINED

    async def _break_down(self) -> int:
        log.error("the engine has died", extra={"fields": {"unfinished": self.gate.unfinished}})
        self.lifecycle.break_down()
        self._parts.ask.deadline.cut_all(BROKEN)
        await self.lifecycle.idle(LAST_WORDS_SECONDS)
        return ENGINE_DIED

    def _stats(self, part: str) -> dict[str, object]:
        """The part `requests`, which the operator asks for all the time, takes no processor time from requests."""
        if part == "requests":
            return {"requests": stats.requests(self.gate)}
        return {
            "uptime_seconds": round(time.monotonic() - self._began, 3),
            **stats.document(self._config, self.gate, self._parts.metrics),
            "emotions": stats.emotions(self._parts.emotions, self._live),
        }


def stop_on_signals(end_at_once: Callable[[], None]) -> asyncio.Event:
    """An event that SIGTERM and SIGINT set; a SIGINT after either calls `end_at_once`."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def interrupt() -> None:
        if stop.is_set():
            end_at_once()
        stop.set()

    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGINT, interrupt)
    return stop


async def _unless(other: Coroutine[Any, Any, object], wanted: Coroutine[Any, Any, T]) -> T | None:
    """What `wanted` gives, or None when `other` ends before it."""
    tasks = asyncio.create_task(wanted), asyncio.create_task(other)
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return tasks[0].result() if tasks[0].done() else None
    finally:
        for task in tasks:
            task.cancel()
