"""Comments in a stream whose events are all hidden: a proxy that hears nothing would close the connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from modelserver_runtime.admission.clock import Clock
from modelserver_runtime.reply import Reply
from modelserver_runtime.stages.answer import Redactor

SECONDS = 10.0  # proxies give up after 60 s, some after 30 s
COMMENT = b": keep-alive\n\n"


class Counted:
    """A redactor that counts the events which it lets pass."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self.passed = 0

    def whole(self, document: dict[str, Any]) -> dict[str, Any]:
        """What the redactor makes of it."""
        return self._redactor.whole(document)

    def events(self, document: dict[str, Any]) -> list[dict[str, Any]]:
        """What the redactor makes of it."""
        shown = self._redactor.events(document)
        self.passed += len(shown)
        return shown


@asynccontextmanager
async def kept_alive(redactor: Redactor, reply: Reply, clock: Clock) -> AsyncIterator[Redactor]:
    """`redactor`, and for as long as it is in use a comment after each `SECONDS` without an event that passes."""
    counted = Counted(redactor)
    comments = asyncio.create_task(_comments(counted, reply, clock))
    try:
        yield counted
    finally:
        comments.cancel()


async def _comments(counted: Counted, reply: Reply, clock: Clock) -> None:
    """Until the first event has passed, nothing is sent: the answer can still be a status, or JSON."""
    passed = 0
    while True:
        await clock.sleep(SECONDS)
        if passed == counted.passed > 0 and reply.started:
            await reply.write(COMMENT, more=True)
        passed = counted.passed
