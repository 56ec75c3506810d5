"""What a person sees of the steps: a moving line on a terminal, one line a step elsewhere."""

import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from tools.setup.recorder import Recorder
from tools.setup.step import Step

TICK_SECONDS = 0.5
NAME_WIDTH = 16


class Screen:
    """Writes to one stream; `quiet` leaves out the steps that were done before."""

    def __init__(self, stream: TextIO | None = None, *, quiet: bool = False) -> None:
        self._stream = stream or sys.stdout
        self._quiet = quiet
        self._terminal = self._stream.isatty()

    def skipped(self, step: Step) -> None:
        """Says that the step was done before."""
        if not self._quiet:
            self._write(f"{step.name:<{NAME_WIDTH}} {step.purpose}: nothing to do\n")

    @contextmanager
    def running(self, step: Step, recorder: Recorder) -> Iterator[None]:
        """Shows the step while the block runs, and how long it took."""
        start = time.monotonic()
        stop = threading.Event()
        progress = threading.Thread(target=self._progress, args=(step, recorder, start, stop), daemon=True)
        if self._terminal:
            progress.start()
        else:
            self._write(f"{step.name:<{NAME_WIDTH}} {step.purpose} ... ")
        result = "failed after"
        try:
            yield
            result = "done in"
        finally:
            stop.set()
            if self._terminal:
                progress.join()
                self._write(f"\r\033[K{step.name:<{NAME_WIDTH}} {step.purpose} ... ")
            self._write(f"{result} {duration(time.monotonic() - start)}\n")

    def say(self, text: str) -> None:
        """Writes lines as they are."""
        self._write(text + "\n")

    def _progress(self, step: Step, recorder: Recorder, start: float, stop: threading.Event) -> None:
        while not stop.wait(TICK_SECONDS):
            seconds = duration(time.monotonic() - start)
            line = f"{step.name:<{NAME_WIDTH}} {step.purpose} ... {seconds}  {recorder.last_line().strip()}"
            self._write("\r\033[K" + line[: shutil.get_terminal_size().columns - 1])

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def duration(seconds: float) -> str:
    """Seconds as people read them: 0.4 s, 37 s, 3 min 40 s."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
