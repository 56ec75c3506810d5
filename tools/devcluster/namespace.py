"""The namespaces of a cluster: network, mounts and processes of its own, held by one process that ends them all."""

import subprocess
import sys
from pathlib import Path

from tools.devcluster.errors import DevclusterError, StartError
from tools.devcluster.places import Layout
from tools.devcluster.processes import Process, output, wait_for

UNSHARE = ("unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child")
END_SECONDS = 20


def create(layout: Layout, mounts: dict[Path, str]) -> Process:
    """Starts the process that holds the namespaces and, as its child, the supervisor; returns the holder.

    mounts: folder of the cluster -> where its programs look for it.
    """
    with (layout.logs / "inside.log").open("wb") as log:
        holder = subprocess.Popen(
            [*UNSHARE, sys.executable, "-m", "tools.devcluster.inside", str(layout.folder)]
            + [f"{source}={target}" for source, target in mounts.items()],
            cwd=Path(__file__).resolve().parents[2],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    if not wait_for(lambda: layout.running.exists() or holder.poll() is not None, 10) or holder.poll() is not None:
        holder.kill()
        raise StartError(f"cannot make namespaces: {(layout.logs / 'inside.log').read_text().strip()}")
    return Process.of(holder.pid)


def run_in(holder: Process, *command: str) -> str:
    """Runs a program among the cluster's mounts and in its network, and returns what it prints."""
    return output("nsenter", f"--target={holder.pid}", "--net", "--mount", "--", *command).stdout


def end(holder: Process) -> None:
    """Kills the namespaces' processes, all at once. Raises DevclusterError where one cannot be killed."""
    if not holder.kill(END_SECONDS):
        raise DevclusterError(f"process {holder.pid} holds the cluster's namespaces and does not end")
