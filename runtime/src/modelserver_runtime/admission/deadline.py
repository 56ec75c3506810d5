"""How long a request may run in the engine.

The end reaches vLLM as a disconnect of the caller, never as a cancellation: a cancelled handler leaves its request
running in the engine to the last token.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

from starlette.types import ASGIApp, Message, Scope, Send

from modelserver_runtime.admission.clock import Clock
from modelserver_runtime.refusals import DEADLINE, ClientGone, Refusal, Refused
from modelserver_runtime.reply import Reply


class Deadline:
    """Runs the engine's app for one request after another, each for at most `seconds` as `clock` measures them."""

    def __init__(self, seconds: float, clock: Clock) -> None:
        self._seconds = seconds
        self._clock = clock
        self._cuts: set[Callable[[Refusal], None]] = set()
        self._closed: Refusal | None = None

    async def run(self, app: ASGIApp, scope: Scope, connection: "Connection", reply: Reply) -> None:
        """Let the engine's app answer.

        Raises:
            Refused: the deadline passed, or all was cut, before the answer was complete.
            ClientGone: the caller hung up before the answer was complete.
            RuntimeError: the app ended without a complete answer, and nobody told it to.
        """
        timer = self._clock.call_later(self._seconds, partial(connection.cut, DEADLINE))
        self._cuts.add(connection.cut)
        try:
            await app(scope, connection.receive, connection.send)
        finally:
            timer.cancel()
            self._cuts.discard(connection.cut)
        if not reply.finished:
            connection.raise_end()

    def check(self) -> None:
        """Raise Refused where nothing may run any more."""
        if self._closed:
            raise Refused(self._closed)

    def cut_all(self, refusal: Refusal) -> None:
        """End everything that runs, and let nothing run from now on."""
        self._closed = refusal
        for cut in tuple(self._cuts):
            cut(refusal)


class Connection:
    """What the engine's app sees as its connection."""

    def __init__(self, body: bytes, gone: "asyncio.Future[None]", answer: Send) -> None:
        self._unread: bytes | None = body
        self._gone = gone
        self._cut: asyncio.Future[Refusal] = asyncio.get_running_loop().create_future()
        self._answer = answer

    def cut(self, refusal: Refusal) -> None:
        """End the request with `refusal`, unless it has already been told to end."""
        if not self._cut.done():
            self._cut.set_result(refusal)

    async def receive(self) -> Message:
        """The body, once; then nothing until the caller has gone or the request was cut."""
        if self._unread is not None:
            body, self._unread = self._unread, None
            return {"type": "http.request", "body": body, "more_body": False}
        ends: set[asyncio.Future[Any]] = {self._gone, self._cut}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Pass on what the app says; after it was told that nobody listens, that is for nobody."""
        if not (self._gone.done() or self._cut.done()):
            await self._answer(message)

    def raise_end(self) -> NoReturn:
        """Say why the answer is not complete."""
        if self._gone.done():
            raise ClientGone("running")
        if self._cut.done():
            raise Refused(self._cut.result())
        raise RuntimeError("the engine's app ended without an answer")
