"""An event loop beside the test: what it does goes on while the test waits."""

import asyncio
from collections.abc import Coroutine
from threading import Thread
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T")

PATIENCE_SECONDS = 120.0  # far more than anything takes; the machine may be busy


class Background:
    """A loop in a thread of its own, from the block's begin to its end; what failed there fails at the end."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever)
        self._failed: list[BaseException] = []

    def __enter__(self) -> "Background":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.do(self._cancel())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        if self._failed:
            raise ExceptionGroup("in the background", [each for each in self._failed if isinstance(each, Exception)])

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Have it done there, and wait for its result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_SECONDS)

    def begin(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Have it begun there; called from the loop itself."""
        task = self._loop.create_task(work)
        task.add_done_callback(self._over)
        return task

    def excuse(self, task: "asyncio.Task[None]") -> None:
        """Whatever it fails with from now on is no failure."""
        task.remove_done_callback(self._over)
        task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # else asyncio complains

    def _over(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()):
            self._failed.append(error)

    async def _cancel(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
