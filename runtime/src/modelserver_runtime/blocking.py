"""Blocking work in a thread of its own, which nobody waits for at the end: the event loop's own threads are."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def begun(work: Callable[[], T], name: str) -> "asyncio.Future[T]":
    """What `work` will give or raise, done in a daemon thread of that name; cancelled before it began, it is not."""
    result: Future[T] = Future()

    def target() -> None:
        if not result.set_running_or_notify_cancel():
            return
        try:
            result.set_result(work())
        except BaseException as error:  # noqa: BLE001 - handed to the loop: a thread has nobody to raise to
            result.set_exception(error)

    threading.Thread(target=target, name=name, daemon=True).start()
    return asyncio.wrap_future(result)
