"""Noticing that the caller has hung up.

One task owns `receive` from the end of the body to the end of the answer.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import Receive

Gone = asyncio.Future[None]


@asynccontextmanager
async def watched(receive: Receive) -> AsyncIterator[Gone]:
    """A future that is done as soon as the caller has gone (or has the whole answer)."""
    gone = asyncio.create_task(_until_disconnect(receive))
    try:
        yield gone
    finally:
        gone.cancel()


async def _until_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
