"""Running commands with everything they say in one log file."""

import os
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from tools.setup.places import ROOT


class CommandError(Exception):
    """A command that exited with another code than 0; what it said is in the log."""

    def __init__(self, command: str, code: int) -> None:
        super().__init__(f"`{command}` exited with {code}")


class Recorder:
    """The log of one step. `last_line` is what a progress line shows."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        path.write_bytes(b"")

    def say(self, line: str) -> None:
        """Writes a line of our own."""
        with self.path.open("a") as log:
            log.write(line + "\n")

    def run(self, *command: str | Path, env: Mapping[str, str] | None = None, stdin: str | None = None) -> None:
        """Runs a command in the checkout with its output in the log; raises CommandError."""
        with self.path.open("ab") as log:
            self._run(command, env, stdin, stdout=log)

    def output(self, *command: str | Path, env: Mapping[str, str] | None = None, stdin: str | None = None) -> str:
        """Like `run`, but gives back what the command wrote on its stdout."""
        result = self._run(command, env, stdin, stdout=subprocess.PIPE)
        self.say(result)
        return result.strip()

    def _run(
        self,
        command: tuple[str | Path, ...],
        env: Mapping[str, str] | None,
        stdin: str | None,
        stdout: IO[bytes] | int,
    ) -> str:
        words = [str(word) for word in command]
        self.say("$ " + shlex.join(words))
        with self.path.open("ab") as log:
            done = subprocess.run(
                words,
                stdout=stdout,
                stderr=log,
                cwd=ROOT,
                env={**os.environ, **(env or {})},
                input=(stdin or "").encode(),
                check=False,
            )
        if done.returncode:
            raise CommandError(shlex.join(words)[:300], done.returncode)
        return (done.stdout or b"").decode(errors="replace")

    def last_line(self) -> str:
        """The last line that is not empty; a progress bar's carriage returns count as line ends."""
        return next(iter(reversed(self.tail(1))), "")

    def tail(self, lines: int) -> list[str]:
        """The last `lines` lines that are not empty."""
        with self.path.open("rb") as log:
            log.seek(max(0, self.path.stat().st_size - 8192))
            text = log.read().decode(errors="replace")
        return [line for line in text.replace("\r", "\n").splitlines() if line.strip()][-lines:]
