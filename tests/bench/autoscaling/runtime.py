"""The real runtime around an engine that only emits: it counts requests, and tells of them, as in production."""

import sys
from contextlib import AbstractContextManager
from pathlib import Path

from tests.bench.runtime.process import Server, config, serving

AT_ONCE = 8  # requests
EVENT_SECONDS = 1.0  # from one of a stream to its next


def runtime(folder: Path, control: tuple[str, int]) -> AbstractContextManager[Server]:
    """One that is ready, until the block ends. control: the address and port of its control port."""
    start = config("/nowhere", sequences=AT_ONCE, waiting_line=0, engine_arguments={})
    return serving(folder, start, EVENT_SECONDS, sys.executable, control)
