"""A command in a terminal of its own, and what that shows: pseudo-terminal from Python, its screen from pyte."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pyte
from tests import waiting

PATIENCE_SECONDS = 60.0  # on a machine that is busy
KEYS = {"enter": "\r", "escape": "\x1b", "down": "\x1b[B", "up": "\x1b[A", "ctrl-c": "\x03"}


class Terminal:
    """One command. `raw` is all that it wrote."""

    def __init__(self, command: Sequence[str | Path], columns: int, rows: int, environment: Mapping[str, str]) -> None:
        self._ours, self._its = pty.openpty()
        os.set_blocking(self._ours, False)
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.raw = b""
        self.resize(columns, rows)
        self._modes = termios.tcgetattr(self._its)
        seen = {"TERM": "xterm-256color", **{name: os.environ[name] for name in ("PATH", "HOME")}, **environment}
        self.process = subprocess.Popen(
            command, stdin=self._its, stdout=self._its, stderr=self._its, env=seen, start_new_session=True
        )

    def resize(self, columns: int, rows: int) -> None:
        """Another size, of which a terminal tells its command."""
        fcntl.ioctl(self._its, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._screen.resize(rows, columns)
        if self.raw:
            self.process.send_signal(signal.SIGWINCH)

    def press(self, *keys: str) -> None:
        """Keys by their names, or what is typed."""
        for key in keys:
            os.write(self._ours, KEYS.get(key, key).encode())

    def text(self) -> str:
        """What the screen shows."""
        with suppress(BlockingIOError):
            while piece := os.read(self._ours, 1 << 16):
                self.raw += piece
                self._stream.feed(_known(piece))
        return "\n".join(line.rstrip() for line in self._screen.display)

    def shows(self, words: str) -> re.Match[str]:
        """Wait until the screen has what the expression says."""

        def look() -> re.Match[str] | None:
            assert self.process.poll() is None, f"it has ended:\n{self.text()}"
            return re.search(words, self.text(), flags=re.MULTILINE)

        try:
            return waiting.until(look, PATIENCE_SECONDS, words)
        except AssertionError as error:
            raise AssertionError(f"{error}\nthe screen:\n{self.text()}") from None

    def ends(self) -> int:
        """Wait for its end; the exit code."""
        waiting.until(lambda: (self.text(), self.process.poll() is not None)[1], PATIENCE_SECONDS, "it has ended")
        return self.process.wait()

    def is_as_it_was(self) -> bool:
        """Whether lines are edited and echoed as before, the first screen is back, and the cursor is."""
        self.text()
        screen, cursor = self.raw.rfind(b"\x1b[?1049l"), self.raw.rfind(b"\x1b[?25h")
        there = screen > self.raw.rfind(b"\x1b[?1049h") and cursor > self.raw.rfind(b"\x1b[?25l")
        return there and termios.tcgetattr(self._its) == self._modes

    def close(self) -> None:
        """End the command, if it has not ended."""
        self.process.kill()
        self.process.wait()
        os.close(self._its)
        os.close(self._ours)


def _known(piece: bytes) -> bytes:
    """Without sequences that pyte would print: those with < or > (keyboards), and questions about modes."""
    return re.sub(rb"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1b\[\?[0-9;]*\$p", b"", piece)


@contextmanager
def terminal(
    *command: str | Path, columns: int = 120, rows: int = 30, environment: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    """A command in a terminal, until the block ends."""
    made = Terminal(command, columns, rows, environment or {})
    try:
        yield made
    finally:
        made.close()
