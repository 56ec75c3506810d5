"""Callers who do not read, on real sockets: nothing of theirs stays, and no server ends with a traceback for them."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tests.unit.runtime import configs
from tests.unit.runtime.scripted import CHAT, Bench, Call, Clock, ScriptedEngine, until
from tests.unit.runtime.test_service import Running

from modelserver_runtime import listen
from modelserver_runtime.reply import UNREAD_SECONDS

BUFFER = 4096  # bytes of each socket's; Linux doubles it
LARGE = b"y" * 500_000  # more than both sockets take, and more than uvicorn buffers before it waits
EVENT = b'data: {"model":"demo","x":"' + LARGE + b'"}\n\n'


class Deaf:
    """A caller who asks and never reads."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._read = 0
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        self._socket.connect(address)

    def asks(self, **more: object) -> "Deaf":
        """Send a chat."""
        body = json.dumps({**CHAT, **more}).encode()
        head = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        self._socket.sendall(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        return self

    @property
    def is_cut(self) -> bool:
        """Whether the connection has ended, and what was unsent never came: this reads what there is."""
        try:
            while piece := self._socket.recv(1 << 16, socket.MSG_DONTWAIT):
                self._read += len(piece)
        except BlockingIOError:
            return False
        except ConnectionResetError:
            pass
        return self._read < len(LARGE)

    def close(self) -> None:
        self._socket.close()


@asynccontextmanager
async def deaf(bench: Bench, keep_alive_seconds: int = 65) -> AsyncIterator[Deaf]:
    """A caller of `bench` on a real connection with small buffers."""
    with listen.bind("127.0.0.1", 0, "port") as port:
        port.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        async with listen.serving(bench.shell, port, keep_alive_seconds):
            caller = Deaf(port.getsockname())
            try:
                yield caller
            finally:
                caller.close()


async def streams(engine: ScriptedEngine, number: int = 0) -> Call:
    """A call whose stream has filled all buffers."""
    call = await engine.call(number)
    await call.document()
    await call.start()
    await call.send(EVENT)
    return call


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def outcomes(caplog: pytest.LogCaptureFixture) -> list[str]:
    """How each request ended, by the log."""
    return [getattr(record, "fields", {})["outcome"] for record in caplog.records if record.message == "request"]


def troubles(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged as an error, or with a traceback."""
    return [record.message for record in caplog.records if record.levelno >= logging.ERROR or record.exc_info]


async def test_who_does_not_read_the_last_words_loses_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(request_timeout_seconds=7)
    async with deaf(bench) as caller:
        caller.asks(stream=True)
        call = await streams(bench.engine)
        bench.clock.passes(7)
        await call.disconnected()
        call.ended.set()
        await until(lambda: bench.gate.running == 0 and bool(bench.clock.alarms))
        assert not outcomes(caplog), "its last words wait"
        bench.clock.passes(UNREAD_SECONDS)
        await until(lambda: outcomes(caplog) == ["unread"])
        await until(lambda: caller.is_cut)
    assert not bench.lifecycle.busy
    assert not troubles(caplog)


async def test_an_answer_that_waits_for_an_earlier_one_to_be_read_keeps_no_slot(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench()
    async with deaf(bench) as caller:
        caller.asks().asks()
        await (await bench.engine.call()).answer({"model": "demo", "x": LARGE.decode()})
        second = await bench.engine.call(1)
        answering = asyncio.ensure_future(second.answer({"model": "demo"}))
        await until(lambda: len(bench.clock.alarms) == 2)  # the deadline's, and that of an answer which is to be read
        bench.clock.passes(UNREAD_SECONDS)
        await until(answering.done)
        await until(lambda: outcomes(caplog) == ["answered", "unread"])
        await until(lambda: caller.is_cut)
    assert bench.gate.unfinished == 0
    assert not troubles(caplog)


async def test_the_end_of_a_stream_that_waits_to_be_read_ends_with_the_deadline(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench(request_timeout_seconds=7)
    async with deaf(bench) as caller:
        caller.asks(stream=True)
        call = await streams(bench.engine)
        last = asyncio.ensure_future(call.send(b"data: [DONE]\n\n", more=False))
        await asyncio.sleep(0)  # it begins, and comes to where it waits
        bench.clock.passes(7)
        await call.disconnected()
        last.cancel()  # as Starlette ends a stream whose caller has gone
        await until(last.done)
        call.ended.set()
        await until(lambda: outcomes(caplog) == ["unread"])
        await until(lambda: caller.is_cut)
    assert not troubles(caplog)


async def test_an_answer_that_nobody_reads_is_kept_no_longer_than_an_idle_connection(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench()
    async with deaf(bench, keep_alive_seconds=0) as caller:
        caller.asks()
        await (await bench.engine.call()).answer({"model": "demo", "x": LARGE.decode()})
        await until(lambda: caller.is_cut)
    assert not troubles(caplog)


async def test_a_server_that_is_told_to_end_waits_for_no_reader(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    async with Running(configs.start(**{"drain.drainSeconds": 0}), clock=clock) as running:
        running.http.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        await running.serving()
        caller = Deaf(running.http.getsockname()).asks(stream=True)
        call = await streams(running.engine)
        running.stop.set()
        await call.disconnected()
        call.ended.set()
        due = clock.now() + UNREAD_SECONDS
        await until(lambda: any(alarm.due == due for alarm in clock.alarms))
        clock.passes(UNREAD_SECONDS)
        assert await running.exit_code() == 0
        assert caller.is_cut
        caller.close()
    assert outcomes(caplog) == ["unread"]
    assert not troubles(caplog)
