"""The processor's time of processes, as the kernel counts it."""

import os
import resource
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")  # a second
# In /proc/PID/stat behind the process's name, which may have blanks in it, in user mode and in the kernel's.
USER, KERNEL = 11, 12


def of_process(pid: int) -> float:
    """Seconds that a process with all its threads has had so far, to a hundredth."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split(" ")
    return (int(fields[USER]) + int(fields[KERNEL])) / TICKS


def of_ended_children() -> float:
    """Seconds that all children of this process have had that have ended and were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Watch:
    """How busy a process is from now on."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._had, self._began = of_process(pid), time.monotonic()

    def share(self) -> float:
        """Of one core, since this watch was made."""
        return (of_process(self._pid) - self._had) / (time.monotonic() - self._began)
