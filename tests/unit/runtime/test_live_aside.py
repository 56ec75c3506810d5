"""Blocking work beside the event loop: a volume that hangs is told of, and holds nothing up."""

import asyncio
import threading

import pytest

from modelserver_runtime.live.aside import Aside, HangsError


async def test_what_work_gives_and_what_it_raises() -> None:
    aside = Aside("a file")
    assert await aside.do(threading.get_ident) != threading.get_ident()
    with pytest.raises(ValueError, match="invalid literal"):
        await aside.do(lambda: int("a"))
    assert await aside.do(lambda: 2) == 2


async def test_work_that_hangs_is_told_and_nothing_is_begun_after_it() -> None:
    aside, returns, begun = Aside("a file", patience_seconds=0.01), threading.Event(), list[int]()

    def hang() -> None:
        begun.append(1)
        returns.wait()

    for _ in range(3):
        with pytest.raises(HangsError, match=r"a file cannot be read for 0\.01 s now: does a volume hang"):
            await aside.do(hang)
    assert begun == [1]

    returns.set()
    patient = Aside("a file")
    patient._hangs = aside._hangs  # the same work, awaited without haste
    assert await patient.do(lambda: "there again") == "there again"


async def test_the_end_does_not_wait_for_work_that_hangs() -> None:
    returns = threading.Event()
    task = asyncio.ensure_future(Aside("a file").do(returns.wait))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (thread,) = (each for each in threading.enumerate() if each.name == "live")
    returns.set()
    thread.join()
    assert thread.daemon
