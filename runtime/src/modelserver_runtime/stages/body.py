"""The request's body, bounded in bytes and in time, and the JSON in it.

It is read whole before the gate: only then can the connection be watched for a caller who hangs up while waiting.
"""

import asyncio
import re
from typing import Any

import msgspec
from starlette.types import Message, Receive, Scope

from modelserver_runtime.refusals import ClientGone, Refusal, Refused
from modelserver_runtime.stages.field_values import depth

SECONDS = 30.0  # for a whole body; a megabyte takes this long at 280 kbit/s
DEEPEST = 100  # levels: vLLM refuses schemas of 65, and what walks a body by recursion gives up at about a thousand
# Arrays and objects: our checks of each take 1 to 5 µs, vLLM's more, in which nobody else is answered. A chat of 1,000
# messages in parts and with tool calls has some 7,000; 128 tools with ten properties each have some 2,000.
MOST_HOLDERS = 20_000
TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)  # of JSON; never tried twice, so in linear time
DISCARD_SECONDS = 2.0  # a caller who is still sending when the connection closes may never see why it does


class Incoming:
    """A request's `receive` that knows whether anybody has begun to read."""

    def __init__(self, receive: Receive) -> None:
        self.begun = False
        self._receive = receive

    async def __call__(self) -> Message:
        """What comes next."""
        self.begun = True
        return await self._receive()


async def read(scope: Scope, receive: Receive, limit: int, seconds: float = SECONDS) -> bytes:
    """The body, of at most `limit` bytes, within `seconds`.

    Raises:
        Refused: 413 too large, 408 too slow.
        ClientGone: the caller hung up.
    """
    if _declared_length(scope) > limit:
        await _too_large(receive, limit)
    try:
        async with asyncio.timeout(seconds):
            return await _collect(receive, limit)
    except TimeoutError:
        message = f"The request's body did not arrive within {seconds:g} seconds."
        raise Refused(Refusal(408, "slow_body", message, close=True)) from None


def parse(scope: Scope, body: bytes) -> dict[str, Any]:
    """The JSON object in `body`.

    Raises:
        Refused: 415 for another content type, 400 for anything but a JSON object.
    """
    if _header(scope, b"content-type").partition(b";")[0].strip().lower() != b"application/json":
        raise Refused(Refusal(415, "unsupported_content_type", "The Content-Type must be application/json."))
    brackets = _brackets(body)
    if brackets > MOST_HOLDERS and (brackets := _brackets(TEXT.sub(b"", body))) > MOST_HOLDERS:
        message = f"The body has {brackets} arrays and objects, more than the {MOST_HOLDERS} allowed."
        raise Refused(Refusal(400, "invalid_json", message))
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(Refusal(400, "invalid_json", f"The body is no valid JSON: {error}.")) from None
    except RecursionError:
        raise Refused(Refusal(400, "invalid_json", "The body is nested too deeply.")) from None
    if not isinstance(document, dict):
        raise Refused(Refusal(400, "invalid_json", "The body must be a JSON object."))
    if brackets > DEEPEST and depth(document, DEEPEST) > DEEPEST:
        raise Refused(Refusal(400, "invalid_json", f"The body is nested deeper than {DEEPEST} levels."))
    return document


def dump(document: dict[str, Any]) -> bytes:
    """A document for the engine: written anew, so that its parser and ours cannot read it differently."""
    return msgspec.json.encode(document)


def _brackets(body: bytes) -> int:
    return body.count(b"[") + body.count(b"{")


async def _collect(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone("body")
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        more = message.get("more_body", False)
        if size > limit:
            await _too_large(receive if more else None, limit)
    return b"".join(chunks)


async def _too_large(unread: Receive | None, limit: int) -> None:
    if unread is not None:
        await discard(unread)
    message = f"The request's body is larger than the {limit} bytes allowed."
    raise Refused(Refusal(413, "body_too_large", message, close=True))


async def discard(receive: Receive) -> None:
    """Read what the caller is still sending, for a while, and forget it: what comes after the end resets it."""
    try:
        async with asyncio.timeout(DISCARD_SECONDS):
            while (await receive()).get("more_body", False):
                pass
    except TimeoutError:
        return


def _declared_length(scope: Scope) -> int:
    value = _header(scope, b"content-length")
    return int(value) if value.isdigit() else 0


def _header(scope: Scope, wanted: bytes) -> bytes:
    return next((bytes(value) for name, value in scope["headers"] if name == wanted), b"")
