"""The first process of a cluster's namespaces: it hides the host's folders, then keeps the wanted programs running.

`python3 -m tools.devcluster.inside FOLDER [FOLDER=MOUNTPOINT...]`. FOLDER/wanted holds a file per program; a file that
appears starts its program, one that goes away kills it, a program that ends is started again. When this process ends
the kernel kills every other process of the namespace: the cluster is one thing that is there or is not. It ends by
itself when nobody has written down that it exists, so that an `up` killed at the worst moment leaves nothing.
"""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

PERIOD_SECONDS = 0.1
RESTART_SECONDS = 1.0  # a program that fails at once must not take a core
UNRECORDED_SECONDS = 30.0


@dataclass
class Supervisor:
    """Makes what runs equal to what is wanted, over and over."""

    folder: Path
    pids: dict[str, int] = field(default_factory=dict)
    starts: dict[str, float] = field(default_factory=dict)
    reported: str = ""

    def run(self) -> None:
        """Returns when the cluster's record is gone, or never came."""
        recorded = time.monotonic()
        while time.monotonic() - recorded < UNRECORDED_SECONDS:
            if (self.folder / "cluster.json").exists():
                recorded = time.monotonic()
            self.collect()
            wanted = {file.stem: file for file in (self.folder / "wanted").glob("*.json")}
            for name in self.pids.keys() - wanted.keys():
                os.killpg(self.pids[name], signal.SIGKILL)
                self.starts.pop(name, None)
            for name in wanted.keys() - self.pids.keys():
                self.start(name, wanted[name])
            self.report()
            time.sleep(PERIOD_SECONDS)

    def collect(self) -> None:
        """Reaps what has ended: its own programs, and the orphans that the kernel gives to the first process."""
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.pids = {name: other for name, other in self.pids.items() if other != pid}

    def start(self, name: str, file: Path) -> None:
        """Starts a program, unless it was started a moment ago."""
        if time.monotonic() - self.starts.get(name, -RESTART_SECONDS) < RESTART_SECONDS:
            return
        self.starts[name] = time.monotonic()
        command = json.loads(file.read_text())
        log = str(self.folder / "logs" / f"{name}.log")
        self.pids[name] = os.posix_spawn(
            command[0],
            command,
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
        )

    def report(self) -> None:
        """Writes which programs run, when that has changed."""
        report = json.dumps(sorted(self.pids))
        if report != self.reported:
            new = self.folder / "running.new"
            new.write_text(report)
            new.replace(self.folder / "running.json")
            self.reported = report


def hide(mounts: list[str]) -> None:
    """Puts the cluster's own folders over those that its programs have compiled in; pods' mounts propagate."""
    mount("--make-rshared", "/")
    mount("-t", "tmpfs", "tmpfs", "/run")
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    for pair in mounts:
        source, _, target = pair.partition("=")
        Path(source).mkdir(parents=True, exist_ok=True)
        mount("--bind", source, target)


def mount(*arguments: str) -> None:
    """Runs mount(8); its own message stands in the log."""
    subprocess.run(["mount", *arguments], check=True)


if __name__ == "__main__":
    hide(sys.argv[2:])
    Supervisor(Path(sys.argv[1])).run()
