"""The engine's processes: which signal has ended one. Of that vLLM says nothing, and Python only to who holds it."""

import asyncio
import multiprocessing
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing.process import BaseProcess

LOOK_SECONDS = 0.25  # the engine's processes import for seconds before they can fail
REAP_SECONDS = 1  # from the closing of a process's pipes, by which its end is found, to its exit status

# What such a signal usually means, and what helps. SIGTERM is missing: vLLM sends it itself.
MEANINGS = {
    signal.SIGKILL: ", as the kernel does when memory runs out: give it more, or lower engine.maxSequences or "
    "engine.arguments.kv-cache-memory-bytes.",
    signal.SIGILL: ": the processor lacks an instruction that was used. Set engine.dtype to float32 (of a ModelServer: "
    "spec.engine.dtype to Float32).",
    signal.SIGBUS: ", as happens when /dev/shm is full: give it more.",
    signal.SIGSEGV: ": a fault in vLLM or in a library of its.",
    signal.SIGABRT: ": a library gave up, and its reason is in the log above.",
}


class Processes:
    """This process's children, held so that they can be asked how they ended."""

    def __init__(self) -> None:
        self._seen: set[BaseProcess] = set()

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Look for children until the block ends."""
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()

    def look(self) -> None:
        """Hold the children that live now."""
        self._seen.update(multiprocessing.active_children())

    async def ended(self) -> str | None:
        """Which signal has ended one, and what that means; None where none has."""
        for process in self._seen:
            await asyncio.to_thread(process.join, REAP_SECONDS)
            for number, meaning in MEANINGS.items():
                if process.exitcode == -number:
                    return f"its process was ended by {number.name}{meaning}"
        return None

    async def _watch(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(LOOK_SECONDS)
