"""Blocking work beside the event loop, which nobody waits for at the end: a volume that hangs must not hold it up."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from modelserver_runtime import blocking

T = TypeVar("T")

PATIENCE_SECONDS = 30.0  # a network volume that answers at all answers within seconds


class HangsError(Exception):
    """What was asked for is not done within the bound, and may never be; the text is one sentence."""


class Aside:
    """One piece of work at a time. One that hangs keeps its thread, and none is begun after it until it returns."""

    def __init__(self, what: str, patience_seconds: float = PATIENCE_SECONDS) -> None:
        """`what` names the work in the sentence about one that hangs."""
        self._what = what
        self._patience = patience_seconds
        self._hangs: asyncio.Future[Any] | None = None

    async def do(self, work: Callable[[], T]) -> T:
        """The result of `work`, or what it raises. Raises HangsError."""
        if self._hangs:
            await self._returns(self._hangs)
            self._hangs.exception()  # of what nobody waits for any more; looked at, it is not logged as overlooked
            self._hangs = None
        asked = blocking.begun(work, "live")
        await self._returns(asked)
        return asked.result()

    async def _returns(self, asked: "asyncio.Future[Any]") -> None:
        try:
            await asyncio.wait({asked}, timeout=self._patience)
        except asyncio.CancelledError:
            asked.cancel()
            raise
        if not asked.done():
            self._hangs = asked
            raise HangsError(f"{self._what} cannot be read for {self._patience:g} s now: does a volume hang?")
