"""A server that does one wrong thing on each path, and knows how many connections it was given."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PIECES = [b"data: %d\n\n" % number for number in range(5)] + [b"data: [DONE]\n\n"]
WHOLE = b"".join(PIECES)
STREAMS = {"cut": PIECES[:3], "short": PIECES[:-1], "wrong": [*PIECES[:2], b"data: 7\n\n", *PIECES[3:]]}
HEAD = b"HTTP/1.1 %d Words\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


class Misbehaving:
    """Its address, once it listens; `connections` and `most_open` are what it has seen."""

    def __init__(self) -> None:
        self.port = 0
        self.connections = 0
        self.open = 0
        self.most_open = 0
        self.requests = 0

    def url(self, path: str) -> str:
        """Where a client asks for this behaviour."""
        return f"http://127.0.0.1:{self.port}/{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from its first request to its last."""
        self.connections += 1
        try:
            while path := await _request(reader):
                self.requests += 1
                self.open += 1
                self.most_open = max(self.most_open, self.open)
                kept = await _answer(path, writer)
                self.open -= 1
                if not kept:
                    return
        except ConnectionError:
            pass  # the client has gone, as clients may
        finally:
            writer.close()


async def _request(reader: asyncio.StreamReader) -> str:
    """The path that is asked for; empty at the connection's end."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    except asyncio.IncompleteReadError:
        return ""
    length = next(line for line in head.split("\r\n") if line.startswith("content-length:"))
    await reader.readexactly(int(length.partition(":")[2]))
    return head.split()[1].removeprefix("/")


async def _answer(path: str, writer: asyncio.StreamWriter) -> bool:
    """Do what the path says; whether the connection goes on."""
    if path == "silent":
        return False
    status, pieces = (int(path), [b"no"]) if path.isdigit() else (200, STREAMS.get(path, PIECES))
    writer.write(HEAD % status)
    for piece in pieces:
        writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        await writer.drain()
        await asyncio.sleep(0)  # so that others may come between
    if path == "cut":
        return False
    writer.write(b"0\r\n\r\n")
    return True


@contextmanager
def misbehaving() -> Iterator[Misbehaving]:
    """It listens until the block ends."""
    server, begun, loop = Misbehaving(), threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()

    async def listen() -> None:
        async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
            server.port = listening.sockets[0].getsockname()[1]
            begun.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(listen()), name="misbehaving")
    thread.start()
    begun.wait()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
