"""Which signal has ended a process of the engine; real processes, that wait for their signal."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from multiprocessing.process import BaseProcess

import pytest

from modelserver_runtime.engine_processes import Processes


@pytest.fixture
def child() -> Iterator[BaseProcess]:
    process = multiprocessing.get_context("spawn").Process(target=signal.pause)
    process.start()
    yield process
    process.kill()
    process.join()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (signal.SIGKILL, "its process was ended by SIGKILL, as the kernel does when memory runs out: "),
        (signal.SIGILL, "its process was ended by SIGILL: the processor lacks an instruction that was used. Set "),
        (signal.SIGBUS, "its process was ended by SIGBUS, as happens when /dev/shm is full: "),
    ],
)
async def test_the_signal_is_named_with_what_it_means(child: BaseProcess, number: signal.Signals, words: str) -> None:
    processes = Processes()
    processes.look()
    assert child.pid
    os.kill(child.pid, number)
    child.join()
    assert multiprocessing.active_children() == [], "nobody else holds it"
    processes.look()
    assert (await processes.ended() or "").startswith(words)


async def test_an_end_that_vllm_itself_asks_for_is_no_failure(child: BaseProcess) -> None:
    processes = Processes()
    processes.look()
    child.terminate()
    assert await processes.ended() is None


async def test_without_children_there_is_nothing_to_say() -> None:
    processes = Processes()
    async with processes.watched():
        assert await processes.ended() is None
