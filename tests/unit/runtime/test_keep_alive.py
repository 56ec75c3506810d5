"""An idle connection is kept for as long as the configuration says, on a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from tests.unit.runtime import configs
from tests.unit.runtime.scripted import PATIENCE_SECONDS
from tests.unit.runtime.test_service import Running


class Connection:
    """One connection on which a client may ask again."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def status(self) -> int:
        """Of one more request."""
        self._writer.write(b"GET /v1/models HTTP/1.1\r\nhost: here\r\n\r\n")
        head = await self._reader.readuntil(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
        await self._reader.readexactly(int(fields[b"content-length"]))
        return int(head.split()[1])

    async def closed(self) -> bool:
        """Wait until the server has closed it."""
        return await self._reader.read(1) == b""


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()


async def test_an_idle_connection_is_kept_for_as_long_as_configured() -> None:
    """The server that keeps it for 65 s, as by default, still has it when the other has closed it after one."""
    one_second = configs.start(**{"server.keepAliveSeconds": 1})
    async with Running() as long, Running(one_second) as short, asyncio.timeout(PATIENCE_SECONDS):
        await long.serving()
        await short.serving()
        async with connected(long.http_url) as kept, connected(short.http_url) as closed:
            assert (await kept.status(), await closed.status()) == (200, 200)
            assert await closed.closed()
            assert await kept.status() == 200
