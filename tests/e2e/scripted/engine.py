"""An engine that starts in a second and says what everybody knows beforehand: all around it in a pod is the real thing.

Each stream is as long as its `max_tokens` says and comes at a steady pace, so that a rollout takes many by surprise.
Whoever says "stall" is answered nothing until he hangs up, and whoever says "fail" an error.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from modelserver_runtime.config import StartConfig

SECONDS_A_TOKEN = 0.1
START_SECONDS = float(os.environ.get("SCRIPTED_START_SECONDS", "0.5"))
SSE = [(b"content-type", b"text/event-stream; charset=utf-8")]
JSON = [(b"content-type", b"application/json")]
USAGE = '"usage":{"prompt_tokens":9,"completion_tokens":%d,"total_tokens":%d}'


class EngineMissingError(Exception):
    """Never raised: this engine is always there."""


class EngineArgumentError(Exception):
    """Never raised: this engine takes every option."""


def events(model: str, tokens: int) -> Iterator[bytes]:
    """What a caller is streamed who asks for so many tokens: each is numbered."""
    for number in range(tokens):
        yield _event(model, f'[{{"index":0,"delta":{{"content":" {number}"}},"finish_reason":null}}]')
    yield _event(model, '[{"index":0,"delta":{},"finish_reason":"length"}]')
    yield b"data: [DONE]\n\n"


def _event(model: str, choices: str) -> bytes:
    shared = f'"id":"chatcmpl-0","object":"chat.completion.chunk","model":"{model}"'
    return f'data: {{{shared},"choices":{choices}}}\n\n'.encode()


class Workers:
    """They take every vector and are steered by none."""

    def __init__(self) -> None:
        self._held: set[str] = set()

    async def hold(self, digest: str, data: bytes) -> None:
        """Take a vector."""
        self._held.add(digest)

    async def forget(self, digests: Iterable[str]) -> None:
        """Drop some."""
        self._held.difference_update(digests)

    async def held(self) -> set[str]:
        """Those that are held."""
        return set(self._held)


class ScriptedEngine:
    """What stands where vLLM stands."""

    def __init__(self, *, steered: bool) -> None:
        self.app: ASGIApp = self._answer
        self.steering = Workers() if steered else None
        self._step: Callable[[], None] = lambda: None
        self._open = 0

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = json.loads(await body_of(receive))
        gone = asyncio.ensure_future(receive())
        self._open += 1
        try:
            await self._behave(asked, gone, send)
        finally:
            self._open -= 1
            gone.cancel()

    async def _behave(self, asked: Mapping[str, Any], gone: "asyncio.Future[Message]", send: Send) -> None:
        match asked["messages"][-1]["content"]:
            case "stall":
                await asyncio.wait({gone})
            case "fail":
                await send({"type": "http.response.start", "status": 500, "headers": JSON})
                await send({"type": "http.response.body", "body": b'{"error":{"message":"as it was told to"}}'})
            case _:
                await self._stream(asked["model"], asked["max_tokens"], gone, send)

    async def _stream(self, model: str, tokens: int, gone: "asyncio.Future[Message]", send: Send) -> None:
        """At the pace, until the end or the caller's."""
        await send({"type": "http.response.start", "status": 200, "headers": SSE})
        *numbered, ended, done = events(model, tokens)
        for event in numbered:
            await asyncio.wait({gone}, timeout=SECONDS_A_TOKEN)
            if gone.done():
                return
            self._step()
            await send({"type": "http.response.body", "body": event, "more_body": True})
        used = f'data: {{"choices":[],{USAGE % (tokens, 9 + tokens)}}}\n\n'.encode()
        await send({"type": "http.response.body", "body": ended + used + done, "more_body": False})

    async def died(self) -> None:
        """It does not die."""
        await asyncio.Event().wait()

    def owes(self) -> bool:
        """Whether a stream is open."""
        return self._open > 0

    def tell_steps(self, to: Callable[[], None]) -> None:
        """Call `to` at each token."""
        self._step = to


def require() -> None:
    """It is always there."""


@asynccontextmanager
async def running(config: StartConfig) -> AsyncIterator[ScriptedEngine]:
    """An engine from its start to its stop."""
    await asyncio.sleep(START_SECONDS)
    yield ScriptedEngine(steered=config.vectors is not None)


async def body_of(receive: Receive) -> bytes:
    """A request's whole body."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body
