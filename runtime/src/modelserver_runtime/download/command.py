"""The process that downloads: its logs, its last words and how it ends."""

import logging
import os
import signal
import sys
from pathlib import Path
from types import FrameType

import click

from modelserver_runtime import logs
from modelserver_runtime.download.ensure import ensure
from modelserver_runtime.download.errors import DownloadError
from modelserver_runtime.download.source import from_environment

DONE = 0


def run(repo: str, revision: str, to: Path, retry_seconds: float) -> int:
    """Downloads the model unless it is there; the exit code. A signal ends the process with 128 and its number."""
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, _end)
    logs.configure()
    for library in (
        "httpx",
        "httpx2",
        "huggingface_hub",
    ):  # they log addresses; those of the content network are signed
        logging.getLogger(library).setLevel(logging.ERROR)
    try:
        ensure(from_environment(repo, revision), to, retry_seconds)
    except DownloadError as error:
        # The last words of the log are what Kubernetes shows of a container that ended.
        click.echo(f"Error: {error}", err=True)
        return error.exit_code
    return DONE


def _end(number: int, _frame: FrameType | None) -> None:
    """At once: what has come is kept, whatever is interrupted."""
    os.write(sys.stderr.fileno(), b"Ended by a signal; the next start goes on from here.\n")
    os._exit(128 + number)
