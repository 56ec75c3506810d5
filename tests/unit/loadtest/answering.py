"""A server of bytes on a port of its own, in the test's event loop: each request is answered by what a test wrote."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress

from modelserver_operator.cli.loadtest.generating.plan import Closed, Destination, Family, LoadPlan, Request

Answer = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]
SSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
WORD = b'data: {"choices":[{"index":0,"delta":{"content":" word"}}]}\n\n'
USED = b'data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2}}\n\n'
DONE = b"data: [DONE]\n\n"


@asynccontextmanager
async def answering(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Destination]:
    """Serve until the block ends; a connection stays open until its caller, or `answer`, closes it."""

    served_now: set[asyncio.Task[None] | None] = set()

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served_now.add(asyncio.current_task())
        with suppress(asyncio.IncompleteReadError, ConnectionError), closing(writer):
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(line for line in head.split(b"\r\n") if line.startswith(b"Content-Length"))
                await answer(head + await reader.readexactly(int(length.split(b":")[1])), writer)

    server = await asyncio.start_server(served, "127.0.0.1", 0, ssl=tls)
    try:
        yield Destination("127.0.0.1", server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for task in filter(None, served_now):
            task.cancel()
        await asyncio.gather(*filter(None, served_now), return_exceptions=True)


def always(data: bytes, *, close: bool = False) -> Answer:
    """The same for everybody."""

    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        if close:
            writer.close()

    return answer


def whole(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """An answer with a length."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def chunk(piece: bytes) -> bytes:
    """A piece of an answer in chunks; an empty one ends it."""
    return b"%x\r\n%b\r\n" % (len(piece), piece)


def chat(*, stream: bool = True, **more: object) -> Request:
    """A request; its body is not looked at."""
    return Request("chat", "/v1/chat/completions", b"{}", Family.CHAT, stream, **more)  # type: ignore[arg-type]


def plan(destination: Destination, **more: object) -> LoadPlan:
    """Of one stream after the other, 10 of them, by one caller."""
    given: dict[str, object] = {"requests": (chat(),), "arrivals": Closed(1), "count": 10} | more
    return LoadPlan(destination, **given)  # type: ignore[arg-type]
