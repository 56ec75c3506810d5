"""TLS before a server that has none, as an ingress is: what comes goes on as it is."""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue

LOCAL = "127.0.0.1"
START_SECONDS = 60.0
PIECE = 1 << 16  # bytes

Started = tuple[int, Callable[[], object]]  # its port, and what ends it


@contextmanager
def encrypted(port: int, certificate: Path) -> Iterator[int]:
    """The port at which the server at `port` is asked with TLS, until the block ends."""
    shows, started = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), SimpleQueue[Started]()
    shows.load_cert_chain(certificate)
    with ThreadPoolExecutor(1) as thread:
        passing = thread.submit(asyncio.run, _pass_on(port, shows, started))
        own, end = started.get(timeout=START_SECONDS)
        try:
            yield own
        finally:
            end()
    passing.result()


async def _pass_on(port: int, shows: ssl.SSLContext, started: SimpleQueue[Started]) -> None:
    over, loop = asyncio.Event(), asyncio.get_running_loop()

    async def taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, questions = await asyncio.open_connection(LOCAL, port)
        await asyncio.gather(_copied(reader, questions), _copied(answers, writer))

    async with await asyncio.start_server(taken, LOCAL, 0, ssl=shows) as server:
        started.put((server.sockets[0].getsockname()[1], lambda: loop.call_soon_threadsafe(over.set)))
        await over.wait()


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until one side has ended."""
    with closing(writer), suppress(ConnectionError):
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
