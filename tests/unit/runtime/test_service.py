"""The whole server on real ports, around a scripted engine: starting, serving, draining, an engine that dies."""

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp
from tests.unit.runtime import configs
from tests.unit.runtime.scripted import CHAT, PATIENCE_SECONDS, Call, Clock, ScriptedEngine, until

from modelserver_runtime import listen
from modelserver_runtime.admission.clock import REAL
from modelserver_runtime.admission.drain import State
from modelserver_runtime.config import StartConfig
from modelserver_runtime.config.yaml_file import parse
from modelserver_runtime.live.watch import Workers
from modelserver_runtime.serve import Service, stop_on_signals

CHUNK = b'data: {"model":"demo"}\n\n'


class Running:
    """A service in its own task, with the test holding every string."""

    def __init__(
        self, start: dict[str, Any] = configs.START, clock: Clock | None = None, steering: Workers | None = None
    ) -> None:
        config = parse(StartConfig, start, Path("start.yaml"))
        self.steering = steering
        self.engine = ScriptedEngine()
        self.app: ASGIApp = self.engine
        self.loaded, self.dead, self.stop = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.stopped = False
        self.may_stop = asyncio.Event()
        self.may_stop.set()
        theirs = clock.of_the_parts() if clock else REAL
        self.service = Service(config, self._start, CollectorRegistry(), theirs)
        self.http = listen.bind("127.0.0.1", 0, "server.httpPort")
        self._control = listen.bind("127.0.0.1", 0, "server.controlPort")
        self.address = self.http.getsockname()
        self.http_url, self.control_url = (_url(port) for port in (self.http, self._control))
        self.client = httpx.AsyncClient(base_url=self.http_url, timeout=PATIENCE_SECONDS)
        self.control = httpx.AsyncClient(base_url=self.control_url, timeout=PATIENCE_SECONDS)
        self.code = asyncio.ensure_future(self.service.run(self.http, self._control, self.stop))

    async def __aenter__(self) -> "Running":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.loaded.set()
        self.dead.set()
        self.may_stop.set()
        await asyncio.gather(self.client.aclose(), self.control.aclose(), self.code)

    async def died(self) -> None:
        await self.dead.wait()

    def owes(self) -> bool:
        return self.engine.owes()

    def tell_steps(self, to: Callable[[], None]) -> None:
        self.engine.tell_steps(to)

    async def probe(self, path: str) -> int:
        return (await self.control.get(path)).status_code

    async def serving(self) -> "Running":
        self.loaded.set()
        await self.reaches(State.SERVING)
        return self

    async def reaches(self, state: State) -> None:
        """Wait for a state, as the kubelet does: by asking the control port."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await self.control.get("/livez")).json() != {"state": state.value}:
                pass

    @asynccontextmanager
    async def streaming(self) -> AsyncIterator[tuple[httpx.Response, Call]]:
        """A stream whose first chunk is out, from both ends."""
        request = self.client.build_request("POST", "/v1/chat/completions", json={**CHAT, "stream": True})
        opening = asyncio.ensure_future(self.client.send(request, stream=True))
        call = await self.engine.call()
        await call.document()
        await call.start()
        await call.send(CHUNK)
        response = await opening
        yield response, call
        await response.aclose()

    async def exit_code(self) -> int:
        async with asyncio.timeout(2 * PATIENCE_SECONDS):
            return await self.code

    @asynccontextmanager
    async def _start(self) -> AsyncIterator["Running"]:
        await self.loaded.wait()
        try:
            yield self
        finally:
            await self.may_stop.wait()
            self.stopped = True


def _url(port: Any) -> str:
    return f"http://127.0.0.1:{port.getsockname()[1]}"


async def test_while_starting_only_the_process_is_well() -> None:
    async with Running() as running:
        await running.reaches(State.STARTING)
        assert [await running.probe(path) for path in ("/livez", "/startupz", "/readyz")] == [200, 503, 503]
        assert (await running.client.get("/v1/models")).json()["error"]["code"] == "starting"
        assert (await running.client.get("/health")).json()["model_loaded"] is False
        await running.serving()
        assert [await running.probe(path) for path in ("/livez", "/startupz", "/readyz")] == [200, 200, 200]
        assert (await running.client.get("/v1/models")).status_code == 200


async def test_told_to_stop_while_starting_it_ends_at_once() -> None:
    async with Running() as running:
        await running.reaches(State.STARTING)
        running.stop.set()
        assert await running.exit_code() == 0


async def test_an_engine_that_cannot_start_is_the_callers_to_explain() -> None:
    @asynccontextmanager
    async def broken() -> AsyncIterator[Any]:
        raise ValueError("no such architecture")
        yield

    config = parse(StartConfig, configs.START, Path("start.yaml"))
    service = Service(config, broken, CollectorRegistry())
    ports = [listen.bind("127.0.0.1", 0, "port") for _ in "ab"]
    with pytest.raises(ValueError, match="no such architecture"):
        await service.run(ports[0], ports[1], asyncio.Event())


async def test_drain_finishes_streams_and_refuses_newcomers() -> None:
    async with Running() as running:
        await running.serving()
        async with running.streaming() as (stream, call):
            running.stop.set()
            await running.reaches(State.DRAINING)
            assert await running.probe("/readyz") == 503
            assert await running.probe("/livez") == 200
            newcomer = await running.client.get("/v1/models")
            assert (newcomer.status_code, newcomer.headers["connection"]) == (503, "close")
            assert not running.code.done()
            assert not running.stopped
            await call.send(CHUNK)
            await call.send(b"data: [DONE]\n\n", more=False)
            call.ended.set()
            assert await stream.aread() == CHUNK * 2 + b"data: [DONE]\n\n"
        assert await running.exit_code() == 0
        assert running.stopped


async def test_past_the_drain_limit_a_stream_ends_with_an_event() -> None:
    async with Running(configs.start(**{"drain.drainSeconds": 0})) as running:
        await running.serving()
        async with running.streaming() as (stream, call):
            running.stop.set()
            await call.disconnected()
            call.ended.set()
            assert b'"code":"drain_limit"' in await stream.aread()
        assert await running.exit_code() == 0


async def test_when_the_engine_dies_callers_are_told_and_the_exit_code_says_so() -> None:
    async with Running() as running:
        await running.serving()
        async with running.streaming() as (stream, call):
            waiting = asyncio.ensure_future(running.client.post("/v1/chat/completions", json=CHAT))
            second = await running.engine.call(1)
            running.dead.set()
            await asyncio.gather(call.disconnected(), second.disconnected())
            call.ended.set()
            second.ended.set()
            assert b'"code":"broken"' in await stream.aread()
            assert (await waiting).status_code == 503
        assert await running.exit_code() == 3


async def test_the_control_port_answers_while_the_main_loop_is_busy() -> None:
    async with Running() as running:
        await running.serving()
        codes: list[int] = []
        answered = threading.Event()

        def ask() -> None:
            codes.extend(
                httpx.get(running.control_url + path).status_code for path in ("/livez", "/readyz", "/metrics")
            )
            answered.set()

        thread = threading.Thread(target=ask)
        thread.start()
        assert answered.wait(PATIENCE_SECONDS), "this blocks the main loop until the control port has answered"
        thread.join()
        assert codes == [200, 200, 200]


async def test_stats() -> None:
    async with Running() as running:
        await running.serving()
        stats = (await running.control.get("/stats")).json()
        assert stats["emotions"] == {"enabled": False}
        assert stats["state"] == "serving"
        assert stats["served_names"] == ["demo", "org/demo"]
        assert stats["requests"] == {"running": 0, "waiting": 0, "unfinished": 0}
        assert stats["in_force"]["admission"]["maxRunning"] == 2
        part = (await running.control.get("/stats?part=requests")).json()
        assert part == {"state": "serving", "why": None, "requests": stats["requests"]}
        assert (await running.control.get("/stats?part=other")).json().keys() == stats.keys()


async def test_metrics_are_scraped_from_the_control_port_only() -> None:
    async with Running() as running:
        await running.serving()
        text = (await running.control.get("/metrics")).text
        assert "modelserver_unfinished_requests 0.0" in text
        assert 'modelserver_build_info{version="0.1.0"} 1.0' in text
        assert (await running.client.get("/metrics")).status_code == 404


async def test_who_names_metrics_is_given_no_others() -> None:
    asked = {"name[]": ["modelserver_running_requests", "modelserver_requests_total", "unknown"]}
    async with Running() as running:
        await running.serving()
        text = (await running.control.get("/metrics", params=asked)).text
    samples = [line.partition("{")[0].partition(" ")[0] for line in text.splitlines() if not line.startswith("#")]
    assert set(samples) == {"modelserver_running_requests", "modelserver_requests_total"}


async def test_signals_stop_and_a_second_ctrl_c_ends_at_once() -> None:
    ended: list[bool] = []
    stop = stop_on_signals(lambda: ended.append(True))
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        await until(stop.is_set)
        stop.clear()
        os.kill(os.getpid(), signal.SIGTERM)  # as whoever waits for a pod may send again: no reason to cut anybody
        await until(stop.is_set)
        assert not ended
        os.kill(os.getpid(), signal.SIGINT)
        await until(lambda: bool(ended))
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().remove_signal_handler(number)


async def test_the_first_ctrl_c_only_stops() -> None:
    ended: list[bool] = []
    stop = stop_on_signals(lambda: ended.append(True))
    try:
        os.kill(os.getpid(), signal.SIGINT)
        await until(stop.is_set)
        assert not ended
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().remove_signal_handler(number)


def test_a_port_that_is_taken() -> None:
    with listen.bind("127.0.0.1", 0, "server.httpPort") as taken:
        port = taken.getsockname()[1]
        with pytest.raises(listen.ListenError, match=rf"127.0.0.1:{port} \(server.httpPort\): another process"):
            listen.bind("127.0.0.1", port, "server.httpPort")


def test_a_host_that_is_not_ours() -> None:
    with pytest.raises(listen.ListenError, match="this machine has no such address"):
        listen.bind("192.0.2.1", 0, "server.httpPort")
