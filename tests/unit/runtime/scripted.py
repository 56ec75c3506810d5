"""Both ends of the shell, played by a test with exact timing: nothing happens that the test does not say.

`ScriptedEngine` stands where vLLM's app stands; `Caller` is one request of a client. No step waits for a clock.
"""

import asyncio
import json
import random
from collections.abc import Callable
from typing import Any

from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tests.unit.runtime import configs

from modelserver_runtime.admission import clock
from modelserver_runtime.config import Admission, StartConfig
from modelserver_runtime.parts import assemble

PATIENCE_SECONDS = 60  # for a condition that holds at once when the code is right, on a machine that is busy
JSON = b"application/json"
SSE = b"text/event-stream; charset=utf-8"
CHAT = {"model": "demo", "messages": [{"role": "user", "content": "hi"}]}
OTHERS = {"/v1/completions": {"model": "demo", "prompt": "hi"}, "/v1/responses": {"model": "demo", "input": "hi"}}


def body(path: str, **more: object) -> dict[str, object]:
    """The least that a route takes, and `more`."""
    return {**OTHERS.get(path, CHAT), **more}


async def until(condition: Callable[[], bool]) -> None:
    """Let other tasks run until `condition` holds."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 - a yield to other tasks, no wait
            await asyncio.sleep(0)


class Call:
    """One request as the engine's app sees it."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self._receive, self._send = receive, send
        self.ended = asyncio.Event()

    async def document(self) -> Any:
        """The JSON body that was forwarded."""
        return json.loads((await self._receive())["body"])

    async def start(self, status: int = 200, content_type: bytes = SSE) -> None:
        headers = [(b"content-type", content_type)]
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def send(self, chunk: bytes, *, more: bool = True) -> None:
        await self._send({"type": "http.response.body", "body": chunk, "more_body": more})

    async def answer(self, document: object, status: int = 200) -> None:
        """Answer with JSON and end."""
        await self.start(status, JSON)
        await self.send(json.dumps(document).encode(), more=False)
        self.ended.set()

    async def disconnected(self) -> None:
        """Return when the app is told that the caller has gone."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await self._receive())["type"] != "http.disconnect":
                pass


class ScriptedEngine:
    """An engine's app whose every call waits for the test to play it."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._plays_on = False
        self._tell_step: Callable[[], None] = lambda: None

    def owes(self) -> bool:
        """Whether a call is open, as vLLM knows of requests that it has not finished."""
        return any(not call.ended.is_set() for call in self.calls)

    def tell_steps(self, to: Callable[[], None]) -> None:
        self._tell_step = to

    def step(self) -> None:
        """Make one step."""
        self._tell_step()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = Call(scope, receive, send)
        self.calls.append(call)
        if self._plays_on:
            await call.answer({"model": "demo"})
        await call.ended.wait()

    async def call(self, index: int = 0) -> Call:
        """The call of that number, as soon as it has come through."""
        await until(lambda: len(self.calls) > index)
        return self.calls[index]

    async def play_on(self, callers: list["Caller"]) -> None:
        """From now on answer whatever is and comes open, until `callers` are done: no task outlives its test."""
        self._plays_on = True
        for call in self.calls:
            if not call.ended.is_set():
                await call.answer({"model": "demo"})
        for caller in callers:
            await caller.done()


class Caller:
    """One request to an ASGI app; its connection behaves as uvicorn's does."""

    def __init__(
        self,
        app: ASGIApp,
        path: str,
        document: object = None,
        *,
        method: str = "POST",
        headers: dict[str, str] | None = None,
        body: list[bytes] | None = None,
        peer: str = "192.0.2.1",
        version: str = "1.1",
    ) -> None:
        """Begin the request; `body` gives pieces (the last one ends it) instead of `document` as JSON."""
        given = {"content-type": "application/json", **(headers or {})}
        pieces = [json.dumps(document).encode()] if body is None else body
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        for number, piece in enumerate(pieces, start=1):
            self.push(piece, more=number < len(pieces))
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""
        self.complete = False
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": version,
            "method": method,
            "path": path,
            "client": (peer, 50000),
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        }
        self.task = asyncio.ensure_future(app(scope, self._inbox.get, self._send))

    def push(self, piece: bytes, *, more: bool) -> None:
        """Send a piece of the body."""
        self._inbox.put_nowait({"type": "http.request", "body": piece, "more_body": more})

    def hang_up(self) -> None:
        self._inbox.put_nowait({"type": "http.disconnect"})

    async def done(self) -> "Caller":
        """Wait for the end of the request."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.task
        return self

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            assert not self.status, "an answer begins once"
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            return
        assert self.status, "no body before the status"
        assert not self.complete, "nothing after the end"
        self.body += message.get("body", b"")
        if not message.get("more_body", False):
            self.complete = True
            self.hang_up()  # as uvicorn's receive() says once the answer is out


class Alarm:
    """A call that the clock of a test owes."""

    def __init__(self, clock: "Clock", due: float, call: Callable[[], None]) -> None:
        self._clock = clock
        self.due, self.call = due, call

    def cancel(self) -> None:
        if self in self._clock.alarms:
            self._clock.alarms.remove(self)


class Clock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self._now = 0.0
        self.alarms: list[Alarm] = []

    def now(self) -> float:
        return self._now

    def of_the_parts(self) -> clock.Clock:
        """As the parts of a server are given it."""
        return clock.Clock(self.now, self.call_later)

    def call_later(self, seconds: float, call: Callable[[], None]) -> Alarm:
        alarm = Alarm(self, self._now + seconds, call)
        if seconds > 0:
            self.alarms.append(alarm)
        else:
            call()
        return alarm

    def passes(self, seconds: float) -> None:
        """Let time pass, and with it what has come due."""
        self._now += seconds
        for alarm in [alarm for alarm in self.alarms if alarm.due <= self._now]:
            self.alarms.remove(alarm)
            alarm.call()


class Bench:
    """A shell with everything around it, and a scripted engine behind it."""

    def __init__(self, config_changes: dict[str, Any] | None = None, **limits: float) -> None:
        """`limits` replace those of Admission, in seconds or bytes; fractions are allowed here."""
        config = StartConfig.model_validate(configs.start(**config_changes or {}))
        admission = Admission(
            maxRunning=2, maxWaiting=2, queueTimeoutSeconds=60, requestTimeoutSeconds=60, maxBodyBytes=1000
        ).model_copy(update=limits)
        self.registry = CollectorRegistry()
        self.engine = ScriptedEngine()
        self.clock = Clock()
        changed = config.model_copy(update={"admission": admission})
        self.parts = assemble(changed, self.registry, self.clock.of_the_parts(), random.Random(5))
        self.lifecycle, self.gate, self.shell = self.parts.lifecycle, self.parts.gate, self.parts.shell
        self.health = self.parts.health
        self.parts.ask.engine = self.engine
        self.health.pulse.watch(self.engine.owes)
        self.engine.tell_steps(self.health.step)
        self.lifecycle.serve()

    def chat(self, model: str = "demo", **more: object) -> Caller:
        """Begin a chat completion."""
        return Caller(self.shell, "/v1/chat/completions", {**CHAT, "model": model, **more})

    def ask(self, path: str, document: object = None, **options: Any) -> Caller:
        """Begin any request."""
        return Caller(self.shell, path, document, **options)

    def metric(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0
