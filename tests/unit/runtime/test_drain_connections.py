"""A server that ends, from its clients' side, on real sockets: who could not know is not refused, nobody is reset."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from tests.unit.runtime import configs
from tests.unit.runtime.scripted import CHAT, PATIENCE_SECONDS, Call, Clock, until
from tests.unit.runtime.test_service import CHUNK, Running

from modelserver_runtime import connections
from modelserver_runtime.admission.drain import FOLLOW_SECONDS, State

DONE = b"data: [DONE]\n\n"
LAME_DUCK, DRAIN = 7, 60  # seconds of the test's clock


@dataclass(frozen=True)
class Answer:
    status: int
    closes: bool
    body: bytes


class Client:
    """One connection, over which a client may ask again."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self.sends = reader, writer.write

    def asks(self, **more: object) -> None:
        """Send a chat."""
        body = json.dumps({**CHAT, **more}).encode()
        self.begins(len(body))
        self.sends(body)

    def begins(self, length: int) -> None:
        """Send the head of a chat."""
        head = "POST /v1/chat/completions HTTP/1.1\r\nhost: here\r\ncontent-type: application/json\r\n"
        self.sends(f"{head}content-length: {length}\r\n\r\n".encode())

    def asks_for_models(self) -> None:
        self.sends(b"GET /v1/models HTTP/1.1\r\nhost: here\r\n\r\n")

    async def answer(self) -> Answer:
        """The next one, to its last byte."""
        async with asyncio.timeout(2 * PATIENCE_SECONDS):
            head = (await self._reader.readuntil(b"\r\n\r\n")).lower().split(b"\r\n")
            fields = dict(line.split(b": ", 1) for line in head[1:-2])
            length = fields.get(b"content-length")
            body = await (self._chunks() if length is None else self._reader.readexactly(int(length)))
        return Answer(int(head[0].split()[1]), fields.get(b"connection") == b"close", body)

    async def closed(self) -> bool:
        """Wait until the server has closed it, with nothing more to say."""
        async with asyncio.timeout(2 * PATIENCE_SECONDS):
            return await self._reader.read(1) == b""

    async def _chunks(self) -> bytes:
        body = b""
        while size := int(await self._reader.readuntil(b"\r\n"), 16):
            body += (await self._reader.readexactly(size + 2))[:-2]
        assert await self._reader.readexactly(2) == b"\r\n"
        return body


@asynccontextmanager
async def connected(running: Running) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection(*running.address)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()


@pytest.fixture
async def clock() -> Clock:
    return Clock()


@pytest.fixture
async def running(clock: Clock) -> AsyncIterator[Running]:
    """A server that is ready, and whose time the test lets pass."""
    drain = {"drain.lameDuckSeconds": LAME_DUCK, "drain.drainSeconds": DRAIN}
    async with Running(configs.start(**drain), clock=clock) as running:
        await running.serving()
        yield running
        for call in running.engine.calls:
            call.ended.set()


async def begun(running: Running, number: int = 0) -> Call:
    """A stream of which the first chunk is out."""
    call = await running.engine.call(number)
    await call.document()
    await call.start()
    await call.send(CHUNK)
    return call


async def ends(call: Call) -> None:
    await call.send(DONE, more=False)
    call.ended.set()


async def leaves(running: Running) -> None:
    """The server is told to end, and its lame-duck seconds begin."""
    running.stop.set()
    await running.reaches(State.LEAVING)


async def drains(running: Running, clock: Clock) -> None:
    """And they are over."""
    await leaves(running)
    clock.passes(LAME_DUCK)
    await running.reaches(State.DRAINING)


async def is_refused(running: Running) -> None:
    """A newcomer is."""
    async with connected(running) as newcomer:
        newcomer.asks_for_models()
        refused = await newcomer.answer()
        assert (refused.status, refused.closes, await newcomer.closed()) == (503, True, True)


async def refuses_connections(running: Running) -> None:
    """Wait until nobody listens any more."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        with contextlib.suppress(OSError):
            while True:
                async with connected(running):
                    pass


async def exits(running: Running, clock: Clock) -> int:
    """The exit code, when time passes that clients are left to ask again."""
    await until(lambda: any(alarm.due <= clock.now() + FOLLOW_SECONDS for alarm in clock.alarms))
    clock.passes(FOLLOW_SECONDS)
    return await running.exit_code()


async def test_who_asks_in_the_lame_duck_seconds_is_served_and_told_to_go(running: Running, clock: Clock) -> None:
    async with connected(running) as kept, connected(running) as refused:
        kept.asks_for_models()
        assert not (await kept.answer()).closes
        await leaves(running)
        kept.asks(stream=True)
        refused.asks(model="other")
        assert ((await refused.answer()).status, await refused.closed()) == (404, True)
        await ends(await begun(running))
        assert await kept.answer() == Answer(200, True, CHUNK + DONE)
        assert await kept.closed()
        clock.passes(LAME_DUCK)
        assert await running.exit_code() == 0, "nobody is waited for"


async def test_a_kept_connection_has_one_more_request_after_an_answer_that_did_not_say_close(
    running: Running, clock: Clock
) -> None:
    async with connected(running) as kept:
        kept.asks(stream=True)
        call = await begun(running)
        await drains(running, clock)
        await is_refused(running)
        await ends(call)
        assert await kept.answer() == Answer(200, False, CHUNK + DONE)
        clock.passes(FOLLOW_SECONDS / 2)
        kept.asks(stream=True)
        await ends(await begun(running, 1))
        assert await kept.answer() == Answer(200, True, CHUNK + DONE)
        assert await kept.closed()
        assert await exits(running, clock) == 0


async def test_a_client_that_asks_no_more_is_waited_for_a_moment_and_finds_its_connection_closed(
    running: Running, clock: Clock
) -> None:
    async with connected(running) as kept, connected(running) as idle:
        idle.asks_for_models()
        await idle.answer()
        kept.asks(stream=True)
        call = await begun(running)
        await drains(running, clock)
        await ends(call)
        await kept.answer()
        assert not running.code.done()
        running.may_stop.clear()
        await until(lambda: any(alarm.due == clock.now() + FOLLOW_SECONDS for alarm in clock.alarms))
        clock.passes(FOLLOW_SECONDS)
        assert (await kept.closed(), await idle.closed()) == (True, True)
        await is_refused(running)  # while the engine stops, too
        running.may_stop.set()
        assert await running.exit_code() == 0


async def test_in_the_second_half_of_the_drain_nothing_is_let_in_that_might_be_cut(
    running: Running, clock: Clock
) -> None:
    async with connected(running) as kept, connected(running) as long:
        kept.asks_for_models()
        await kept.answer()
        long.asks(stream=True)
        call = await begun(running)
        await drains(running, clock)
        clock.passes(DRAIN / 2)
        kept.asks_for_models()
        refused = await kept.answer()
        assert (refused.status, refused.closes) == (503, True)
        await ends(call)
        assert (await long.answer()).body == CHUNK + DONE
        assert await running.exit_code() == 0, "nobody is waited for who would be refused"


async def test_a_request_that_was_sent_behind_another_is_answered(running: Running, clock: Clock) -> None:
    """HTTP pipelining."""
    async with connected(running) as client:
        client.asks(stream=True)
        client.asks_for_models()
        call = await begun(running)
        await drains(running, clock)
        await ends(call)
        assert await client.answer() == Answer(200, False, CHUNK + DONE)
        second = await client.answer()
        assert (second.status, second.closes) == (200, True)
        assert await exits(running, clock) == 0


async def test_who_is_refused_while_still_sending_reads_why(running: Running, clock: Clock) -> None:
    """Closed with bytes unread, the connection would be reset, and the answer lost with it."""
    async with connected(running) as long:
        long.asks(stream=True)
        call = await begun(running)
        await drains(running, clock)
        async with connected(running) as client:
            client.begins(200_000)
            for _ in range(3):
                await is_refused(running)  # by now what the client has sent is known, too
                client.sends(b"x" * 66_666)
            client.sends(b"xx")
            assert ((await client.answer()).status, await client.closed()) == (503, True)
        await ends(call)
        await long.answer()
        assert await exits(running, clock) == 0


async def test_who_comes_in_the_last_moment_is_answered(
    running: Running, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "NEWCOMER_SECONDS", PATIENCE_SECONDS)  # the machine may be slow
    running.may_stop.clear()
    await drains(running, clock)
    async with connected(running) as late:
        await is_refused(running)  # by now the other is known, too
        running.may_stop.set()
        await refuses_connections(running)
        late.asks_for_models()
        assert ((await late.answer()).status, await late.closed()) == (503, True)
    assert await running.exit_code() == 0


async def test_of_many_that_come_all_the_time_none_is_reset(running: Running, clock: Clock) -> None:
    """From before the end to after it: who was let in before somebody who got an answer has got one, too."""
    begun_, answered = 0, dict[int, Answer]()

    async def ask_again_and_again() -> None:
        nonlocal begun_
        while True:
            begun_ += 1
            number = begun_
            async with connected(running) as client:
                if number % 2:
                    client.asks_for_models()
                else:
                    client.begins(2)
                    await asyncio.sleep(0)
                    client.sends(b"{}")
                answered[number] = await client.answer()

    callers = [asyncio.ensure_future(ask_again_and_again()) for _ in range(8)]
    async with connected(running) as long:
        long.asks(stream=True)
        call = await begun(running)
        await until(lambda: len(answered) > 20)
        await drains(running, clock)
        few = len(answered)
        await until(lambda: len(answered) > few + 20)
        await ends(call)
        assert (await long.answer()).body == CHUNK + DONE
        assert await exits(running, clock) == 0
    ended = await asyncio.gather(*callers, return_exceptions=True)

    assert all(isinstance(each, OSError | asyncio.IncompleteReadError) for each in ended), ended
    assert sorted(answered) == list(range(1, max(answered) + 1))
    assert {answer.status for answer in answered.values()} == {200, 400, 503}
