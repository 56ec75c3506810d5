"""Blocking work beside the event loop: a volume that hangs is told of, and holds nothing up."""

import asyncio
import queue
import threading

import pytest

from modelserver_runtime import blocking
from modelserver_runtime.live.aside import Aside, HangsError


async def test_what_work_gives_and_what_it_raises() -> None:
    aside = Aside("a file")
    assert await aside.do(threading.get_ident) != threading.get_ident()
    with pytest.raises(ValueError, match="invalid literal"):
        await aside.do(lambda: int("a"))
    assert await aside.do(lambda: 2) == 2


async def test_work_that_hangs_is_told_and_nothing_is_begun_after_it() -> None:
    aside, times = Aside("a file", patience_seconds=0.01), list[int]()
    began, returns = threading.Event(), threading.Event()

    def hang() -> None:
        times.append(1)
        began.set()
        returns.wait()

    for _ in range(3):
        with pytest.raises(HangsError, match=r"a file cannot be read for 0\.01 s now: does a volume hang"):
            await aside.do(hang)
    await asyncio.to_thread(began.wait)
    assert times == [1]

    returns.set()
    patient = Aside("a file")
    patient._hangs = aside._hangs  # the same work, awaited without haste
    assert await patient.do(lambda: "there again") == "there again"


async def test_the_end_does_not_wait_for_work_that_hangs() -> None:
    returns, threads = threading.Event(), queue.Queue[threading.Thread]()

    def hang() -> None:
        threads.put(threading.current_thread())
        returns.wait()

    task = asyncio.ensure_future(Aside("a file").do(hang))
    thread = await asyncio.to_thread(threads.get)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert thread.is_alive()
    assert thread.daemon
    returns.set()
    thread.join()


async def test_work_that_is_given_up_before_its_turn_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = list[threading.Thread]()

    def later(thread: threading.Thread) -> None:
        turns.append(thread)

    with monkeypatch.context() as late:
        late.setattr(threading.Thread, "start", later)
        asked = blocking.begun(lambda: pytest.fail("it was begun"), "late")
    asked.cancel()
    await asyncio.sleep(0)  # the loop tells the thread's side
    turns[0].run()
    assert asked.cancelled()
