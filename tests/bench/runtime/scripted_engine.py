"""An engine that only emits: what is measured around it is the shell, the web server and nothing else."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tests.bench.runtime import script, scripted_answers
from tests.bench.runtime.script import Play, Record, Script
from tests.e2e.scripted.engine import SSE, Workers, body_of

GOLDEN = 0.618  # spreads the streams' moments evenly, however many there are
JSON = [(b"content-type", b"application/json")]


class ScriptedEngine:
    """Streams an event every interval of its script, as many as `max_tokens` says, and keeps a record of it."""

    def __init__(self, interval: float, *, steered: bool = False) -> None:
        self._play = Play(Script(interval))
        self._numbers = itertools.count()
        self.app: ASGIApp = self  # uvicorn does not know a bound method for an app
        self.steering = Workers() if steered else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What stands where vLLM's app stands; at the bare port it also answers at script.PATH."""
        if scope["type"] != "http":
            return
        body = await body_of(receive)
        if scope["path"] == script.PATH:
            await _say(200, json.dumps(self._play.asked(scope["method"], body)).encode(), send)
            return
        gone = asyncio.ensure_future(receive())
        try:
            await self._answer(scope["path"], json.loads(body or b"{}"), gone, send)
        finally:
            gone.cancel()

    async def _answer(self, path: str, asked: dict[str, int], gone: "asyncio.Future[Message]", send: Send) -> None:
        record = self._play.arrived(path, stream=bool(asked.get("stream")))
        if record.status != 200:
            await _say(record.status, scripted_answers.failed(record.status), send)
        else:
            await (self._stream if record.stream else self._whole)(record, asked["max_tokens"], gone, send)
        record.ended = time.monotonic()

    async def _stream(self, record: Record, events: int, gone: "asyncio.Future[Message]", send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": SSE})
        answers, beginning = scripted_answers.of(record.path), scripted_answers.of(record.path).begin()
        pause = self._first()
        for _ in range(events):
            if not await self._play.later(pause, gone):
                return
            record.sent.append(time.monotonic())
            record.first = record.sent[0]
            await send({"type": "http.response.body", "body": beginning + answers.event(), "more_body": True})
            record.tokens += 1
            pause, beginning = self._play.script.interval_seconds, b""
        await send({"type": "http.response.body", "body": answers.end(events), "more_body": False})

    async def _whole(self, record: Record, tokens: int, gone: "asyncio.Future[Message]", send: Send) -> None:
        if await self._play.later(self._play.script.whole_seconds(tokens), gone):
            record.first, record.tokens = time.monotonic(), tokens
            await _say(200, scripted_answers.of(record.path).whole(tokens), send)

    def _first(self) -> float:
        first = self._play.script.first_seconds
        spread = next(self._numbers) * GOLDEN % 1
        return self._play.script.interval_seconds * spread if first is None else first

    async def died(self) -> None:
        """It does not die."""
        await asyncio.Event().wait()

    def owes(self) -> bool:
        """It never stalls."""
        return False

    def tell_steps(self, to: Callable[[], None]) -> None:
        """It makes none."""


@asynccontextmanager
async def running(interval: float, *, steered: bool = False) -> AsyncIterator[ScriptedEngine]:
    """An engine from its start to its stop. steered: whether it takes vectors, by which nothing is steered."""
    yield ScriptedEngine(interval, steered=steered)


async def _say(status: int, body: bytes, send: Send) -> None:
    headers = [*JSON, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
