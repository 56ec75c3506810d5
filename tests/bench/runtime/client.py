"""A client that costs little beside the server that it measures: HTTP/1.1 over asyncio's transports."""

import asyncio
import json
import re
import time

LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
STAMP = re.compile(rb'"id":"(\d{20})"')
PATIENCE_SECONDS = 120.0
END = b"[DONE]"


def request(name: str, *, tokens: int, stream: bool) -> bytes:
    """A chat request as bytes."""
    document = {
        "model": name,
        "messages": [{"role": "user", "content": "hi"}],
        "max_tokens": tokens,
        "stream": stream,
        "ignore_eos": True,
    }
    body = json.dumps(document).encode()
    lines = ["POST /v1/chat/completions HTTP/1.1", "host: bench", "content-type: application/json"]
    return "\r\n".join([*lines, f"content-length: {len(body)}", "", ""]).encode() + body


class Caller(asyncio.Protocol):
    """One connection. `delays`: of each event with a stamp, the seconds from its sending to its arrival here."""

    def __init__(self) -> None:
        self.received = bytearray()
        self.delays: list[float] = []
        self.begun, self.ended = _future(), _future()
        self.complete = False
        self._is_complete = _is_streamed
        self._transport: asyncio.Transport | None = None
        self._read = 0  # how far stamps have been looked for: an event may arrive in two pieces

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember whom to write to."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take note of when each stamped event came."""
        now = time.monotonic_ns()
        self.received += data
        for stamp in STAMP.finditer(self.received, self._read):
            self.delays.append((now - int(stamp[1])) / 1e9)
            self._read = stamp.end()
            _settle(self.begun)
        self.complete = self.complete or self._is_complete(self.received)
        if self.complete:
            _settle(self.begun, self.ended)

    def connection_lost(self, _: Exception | None) -> None:
        """Whoever waits need not wait any longer."""
        _settle(self.begun, self.ended)

    def send(self, data: bytes, *, stream: bool) -> None:
        """Write a request, or a part of one."""
        assert self._transport
        self._is_complete = _is_streamed if stream else _is_whole
        self.received, self.complete, self._read = bytearray(), False, 0
        self.begun, self.ended = _future(), _future()
        self._transport.write(data)

    async def answer(self) -> bool:
        """Wait for the end, of the answer or of the connection; whether it was the answer's."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.ended
        return self.complete

    def hang_up(self) -> None:
        """Close at once, whatever is still to come."""
        assert self._transport
        self._transport.abort()


def _future() -> "asyncio.Future[None]":
    return asyncio.get_running_loop().create_future()


def _settle(*futures: "asyncio.Future[None]") -> None:
    for future in futures:
        if not future.done():
            future.set_result(None)


async def connect(port: int) -> Caller:
    """A connection to a server on this machine."""
    _, caller = await asyncio.get_running_loop().create_connection(Caller, "127.0.0.1", port)
    return caller


def _is_streamed(received: bytearray) -> bool:
    return END in received[-64:]


def _is_whole(received: bytearray) -> bool:
    head, blank, body = received.partition(b"\r\n\r\n")
    length = LENGTH.search(head)
    return bool(blank and length and len(body) >= int(length[1]))
