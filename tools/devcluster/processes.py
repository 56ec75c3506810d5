"""Running other programs, and telling whether a process still is the one that was started."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tools.devcluster.errors import DevclusterError

Value = TypeVar("Value")
PARENT, START = 1, 19  # in the fields of /proc/PID/stat that come after the program's name


def output(*command: str, check: bool = True, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end and returns what it printed; a failure is an error that names the command."""
    # A cluster is reached directly, whatever proxy the environment names.
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, input=stdin, env=environment)
    if check and done.returncode != 0:
        raise DevclusterError(
            f"{' '.join(command)}\nfailed ({done.returncode}): {done.stderr.strip() or done.stdout.strip()}"
        )
    return done


def wait_for(probe: Callable[[], Value | None], seconds: float, every: float = 0.05) -> Value | None:
    """Calls probe until it returns a true value, and returns that, or None after the deadline."""
    deadline = time.monotonic() + seconds
    while not (found := probe()):
        if time.monotonic() > deadline:
            return None
        time.sleep(every)
    return found


@dataclass(frozen=True)
class Process:
    """A process by its id and its start: an id alone may be another's by now."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> "Process":
        """The process that has this id now. Raises ProcessLookupError."""
        started = _start_of(pid)
        if started is None:
            raise ProcessLookupError(pid)
        return cls(pid, started)

    def alive(self) -> bool:
        """Whether it still runs; a zombie does not."""
        return _start_of(self.pid) == self.started

    def kill(self, seconds: float) -> bool:
        """Ends it by SIGKILL and waits; False when it is still there after so many seconds."""
        if self.alive():
            os.kill(self.pid, signal.SIGKILL)
        return wait_for(lambda: not self.alive(), seconds) is not None

    def reap(self) -> None:
        """Lets the kernel forget it, where it was a child of ours and has ended."""
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)


def children(pid: int) -> list[Process]:
    """The processes that this one has started and not yet waited for, zombies left out."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        fields = _fields_of(int(folder.name))
        if fields is not None and int(fields[PARENT]) == pid:
            found.append(Process(int(folder.name), int(fields[START])))
    return found


def _start_of(pid: int) -> int | None:
    fields = _fields_of(pid)
    return None if fields is None else int(fields[START])


def _fields_of(pid: int) -> list[str] | None:
    """What proc(5) says of a process from its state on; None where it has gone or is a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else fields
