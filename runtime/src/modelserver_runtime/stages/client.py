"""The caller's connection: noticing that the caller has hung up, and hanging up.

One task owns `receive` from the end of the body to the end of the answer.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.types import Receive, Scope

Gone = asyncio.Future[None]
HANG_UP = "modelserver.hang_up"  # in the scope's state: what ends its connection at once


def hang_up(scope: Scope) -> Callable[[], None]:
    """What ends the connection of `scope` without a word; nothing does, where it is no server of ours that listens."""
    ends: Callable[[], None] = scope.get("state", {}).get(HANG_UP, lambda: None)
    return ends


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
