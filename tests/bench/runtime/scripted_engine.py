"""An engine that only emits: what is measured around it is the shell, the web server and nothing else."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tests.e2e.scripted.engine import SSE, USAGE, body_of

GOLDEN = 0.618  # spreads the streams' moments evenly, however many there are
JSON = [(b"content-type", b"application/json")]


class ScriptedEngine:
    """Streams an event every `interval` seconds, as many as `max_tokens` says; JSON comes after one interval.

    Each event's `id` is the moment of its sending, in nanoseconds of the clock that all processes share.
    """

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._numbers = itertools.count()
        self.app: ASGIApp = self  # uvicorn does not know a bound method for an app
        self.steering = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What stands where vLLM's app stands."""
        if scope["type"] == "http":
            asked = json.loads(await body_of(receive) or b"{}")
            gone = asyncio.ensure_future(receive())
            try:
                await (self._stream if asked.get("stream") else self._whole)(asked["max_tokens"], gone, send)
            finally:
                gone.cancel()

    async def _stream(self, events: int, gone: "asyncio.Future[Message]", send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": SSE})
        pause = self._interval * (next(self._numbers) * GOLDEN % 1)
        for _ in range(events):
            if not await _later(pause, gone):
                return
            await send({"type": "http.response.body", "body": _event(), "more_body": True})
            pause = self._interval
        last = f'data: {{"choices":[],{USAGE % (events, 9 + events)}}}\n\ndata: [DONE]\n\n'
        await send({"type": "http.response.body", "body": last.encode(), "more_body": False})

    async def _whole(self, tokens: int, gone: "asyncio.Future[Message]", send: Send) -> None:
        if await _later(self._interval, gone):
            body = f'{{"model":"demo","choices":[{{"message":{{"content":"a"}}}}],{USAGE % (tokens, 9 + tokens)}}}'
            headers = [*JSON, (b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body.encode(), "more_body": False})

    async def died(self) -> None:
        """It does not die."""
        await asyncio.Event().wait()

    def owes(self) -> bool:
        """It never stalls."""
        return False

    def tell_steps(self, to: Callable[[], None]) -> None:
        """It makes none."""


@asynccontextmanager
async def running(interval: float) -> AsyncIterator[ScriptedEngine]:
    """An engine from its start to its stop."""
    yield ScriptedEngine(interval)


def _event() -> bytes:
    """As long as one of vLLM's."""
    return (
        b'data: {"id":"%020d","object":"chat.completion.chunk","created":1784000000,"model":"demo","choices":'
        b'[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null,"token_ids":null}]}\n\n'
        % time.monotonic_ns()
    )


async def _later(seconds: float, gone: "asyncio.Future[Message]") -> bool:
    """Wait; whether the caller is still there then."""
    await asyncio.wait({gone}, timeout=seconds)
    return not gone.done()
