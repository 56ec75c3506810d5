"""The namespaces of a cluster: network, mounts and processes of its own, held by one process that ends them all."""

import os
import sys
from pathlib import Path

from tools.devcluster import mountpoints
from tools.devcluster.errors import DevclusterError, StartError
from tools.devcluster.places import SOURCE, Layout
from tools.devcluster.processes import Process, children, output, wait_for

UNSHARE = ("env", "--chdir=/", "unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child")
START_SECONDS = 60  # it takes moments; the bound is for a machine where others build
END_SECONDS = 20


def create(layout: Layout, mounts: dict[Path, str]) -> Process:
    """Starts the process that holds the namespaces and, as its child, the supervisor; returns the holder.

    mounts: folder of the cluster -> where its programs look for it.
    """
    log = layout.logs / "inside.log"
    supervisor = (sys.executable, "-P", str(SOURCE / "inside.py"), str(layout.folder))
    command = [*UNSHARE, *supervisor, *(f"{source}={target}" for source, target in mounts.items())]
    with mountpoints.present(mounts.values()):
        holder = Process.of(_spawn(command, _environment(layout), log))
        wait_for(lambda: layout.running.exists() or not holder.alive(), START_SECONDS)
    if not holder.alive() or not layout.running.exists():
        holder.kill(END_SECONDS)
        raise StartError(f"cannot make namespaces: {log.read_text().strip()}")
    return holder


def _spawn(command: list[str], environment: dict[str, str], log: Path) -> int:
    """A process in a session of its own: no terminal and no Ctrl-C of ours reaches it."""
    output = (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    return os.posix_spawnp(
        command[0],
        command,
        environment,
        file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), output, (os.POSIX_SPAWN_DUP2, 1, 2)],
        setsid=True,
    )


def _environment(layout: Layout) -> dict[str, str]:
    """Nothing of ours: a proxy, for one, would send the API server's calls to webhooks astray.

    Go's programs look for garbage less often than by themselves: for 100 MiB more of memory, they take a sixth less of
    the processors.
    """
    return {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(layout.data),
        "GOGC": "400",
        "GOMEMLIMIT": "2GiB",  # from there on as often as is needed to stay below it
    }


def run_in(holder: Process, *command: str) -> str:
    """Runs a program among the cluster's mounts and in its network, and returns what it prints."""
    return output("nsenter", f"--target={holder.pid}", "--net", "--mount", "--", *command).stdout


def end(holder: Process) -> None:
    """Kills every process of the namespaces and returns when they are gone. Raises DevclusterError where one stays.

    The kernel ends a namespace's first process only after all others, and the holder waits for that one.
    """
    for supervisor in children(holder.pid):
        supervisor.kill(END_SECONDS)
    if not wait_for(lambda: not holder.alive(), 1) and not holder.kill(END_SECONDS):
        raise DevclusterError(f"process {holder.pid} holds the cluster's namespaces and does not end")
    holder.reap()
