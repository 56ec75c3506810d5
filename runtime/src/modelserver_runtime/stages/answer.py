"""What the engine's app sends, in the caller's words: the name that was asked for, errors in the family's shape.

Answers are parsed, never replaced byte by byte: a model that says its own name in a sentence keeps the sentence.
Only the outer keys are decoded, the rest passes as the bytes it was.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import msgspec
from starlette.types import Message

from modelserver_runtime.refusals import Refusal
from modelserver_runtime.reply import Headers, Reply
from modelserver_runtime.stages import engine_errors, sse
from modelserver_runtime.stages.repeated import Beginning, beginning
from modelserver_runtime.stages.usage import Usage

Outer = dict[str, msgspec.Raw]

_decode = msgspec.json.Decoder(Outer).decode
_parse = msgspec.json.Decoder(dict[str, Any]).decode
HOLDERS = ("response", "message")  # where events of the Responses and the Messages API keep the model's name
DONE = b"[DONE]"


class Redactor(Protocol):
    """Takes out of one request's answer what its caller may not see. It may change what it is given."""

    def whole(self, document: dict[str, Any]) -> dict[str, Any]:
        """What a JSON answer becomes."""

    def events(self, document: dict[str, Any]) -> list[dict[str, Any]]:
        """What a stream's event becomes: nothing, one event or several."""


class Answer:
    """The `send` that the engine's app is given. Without a `redactor` there is nothing to hide."""

    def __init__(
        self,
        reply: Reply,
        engine_name: str,
        asked: str,
        usage: Usage,
        redactor: Redactor | None = None,
        *,
        headers: Headers,
    ) -> None:
        """`headers` come with an answer, and with no error."""
        self._reply = reply
        self._usage = usage
        self._redactor = redactor
        self._engine_name = msgspec.json.encode(engine_name)
        self._asked = msgspec.Raw(msgspec.json.encode(asked))
        self._status = 0
        self._headers = headers
        self._body: Callable[[bytes, bool], Awaitable[None]] = self._whole
        self._pieces: list[bytes] = []
        self._splitter = sse.Splitter()
        self._beginning: Beginning | None = None

    async def send(self, message: Message) -> None:
        """Take one message of the engine's app."""
        if message["type"] == "http.response.start":
            self._begin(message["status"], message["headers"])
        else:
            await self._body(message.get("body", b""), message.get("more_body", False))

    def _begin(self, status: int, headers: Headers) -> None:
        """Nothing is sent yet: until the first byte a deadline, or the engine's death, can still be a status."""
        self._status = status
        passed = [(name, value) for name, value in headers if name in (b"content-type", b"cache-control")]
        self._headers = passed + self._headers
        streams = any(name == b"content-type" and value.startswith(b"text/event-stream") for name, value in headers)
        self._body = self._events if streams and status < 400 else self._whole

    async def _whole(self, chunk: bytes, more: bool) -> None:
        self._pieces.append(chunk)
        if more:
            return
        body = b"".join(self._pieces)
        if self._status >= 400:
            await self._refuse(self._told(engine_errors.refusal(self._status, body)))
        else:
            self._usage.take(body)
            shown = msgspec.json.encode(self._redactor.whole(_parse(body))) if self._redactor else body
            await self._reply.whole(self._status, self._headers, self._translated(shown))

    async def _events(self, chunk: bytes, more: bool) -> None:
        if self._beginning and more and (short := self._beginning.exchanged(chunk)) and self._splitter.empty:
            self._usage.token(shows=not self._beginning.shows_nothing(chunk))
            await self._reply.write(short, more=True)
            return
        ready: list[bytes] = []
        for event in self._splitter.feed(chunk):
            payload = sse.data(event)
            if refusal := engine_errors.in_stream(payload):
                await self._write(b"".join(ready), more=True)
                await self._refuse(self._told(refusal))
                return
            ready.append(self._shown(event, payload))
        if not more:
            ready.append(self._rest())
        await self._write(b"".join(ready), more=more)

    async def _write(self, events: bytes, *, more: bool) -> None:
        if self._reply.finished or (more and not events):
            return
        if not self._reply.started:
            await self._reply.start(self._status, self._headers, streams=True)
        await self._reply.write(events, more=more)

    def _told(self, refusal: Refusal) -> Refusal:
        """What an error of the engine may say: where something is hidden, nothing in the model's words."""
        return engine_errors.without_words(refusal) if self._redactor else refusal

    async def _refuse(self, refusal: Refusal) -> None:
        self._usage.refused(refusal.status)
        await self._reply.refuse(refusal)

    def _shown(self, event: bytes, payload: bytes) -> bytes:
        """What the caller gets to see of an event; empty: nothing."""
        told = self._usage.take(payload)
        if self._usage.hides(told):
            return b""
        if self._redactor is None or payload in (b"", DONE):
            self._usage.shown(payload)
            translated = self._translated(payload)
            return event if translated is payload else sse.with_data(event, translated)
        shown = self._redactor.events(_parse(payload))  # raises DecodeError for what cannot be looked into
        return b"".join(self._anew(event, document) for document in shown)

    def _anew(self, event: bytes, document: dict[str, Any]) -> bytes:
        """An event like `event`, with what may be seen."""
        payload = msgspec.json.encode(document)
        self._usage.shown(payload)
        return sse.with_data(sse.named(event, str(document.get("type"))), self._translated(payload))

    def _rest(self) -> bytes:
        """What stands behind the last whole event; nobody can tell what an unfinished one would have shown."""
        rest = self._splitter.rest()
        return b"" if self._redactor else rest

    def _translated(self, payload: bytes) -> bytes:
        """The same JSON with the caller's name; what is no JSON object ([DONE], a comment) is left alone."""
        try:
            document = _decode(payload)
        except msgspec.DecodeError:
            return payload
        told = dict(document)
        if not self._rename(document):
            return payload
        if self._redactor is None and self._beginning is None and "choices" in told:
            self._beginning = beginning(payload, told, document)
        return msgspec.json.encode(document)

    def _rename(self, document: Outer) -> bool:
        """Put the caller's name where the engine's stands; whether anything changed."""
        changed = self._rename_in(document)
        for key in HOLDERS:
            if key in document and bytes(document[key]).startswith(b"{"):
                held = _decode(document[key])
                if self._rename_in(held):
                    document[key] = msgspec.Raw(msgspec.json.encode(held))
                    changed = True
        return changed

    def _rename_in(self, mapping: Outer) -> bool:
        found = bytes(mapping.get("model", b"")) == self._engine_name
        if found:
            mapping["model"] = self._asked
        return found
