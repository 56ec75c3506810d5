"""The process that downloads: its logs, its last words and how it ends."""

import logging
import os
import signal
import sys
from pathlib import Path
from types import FrameType

import click

from modelserver_runtime import last_words, logs
from modelserver_runtime.download.ensure import ensure
from modelserver_runtime.download.errors import DownloadError
from modelserver_runtime.download.source import from_environment

DONE = 0


def run(
    repo: str,
    revision: str,
    to: Path,
    retry_seconds: float,
    *,
    storage_limit_bytes: int | None = None,
    progress_port: int | None = None,
) -> int:
    """Downloads the model unless it is there; the exit code. A signal ends the process with 128 and its number.

    storage_limit_bytes: what the model may take, where that is less than what the disk has.
    progress_port: where it says meanwhile how far it is; None is nowhere.
    """
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
        ensure(from_environment(repo, revision), to, retry_seconds, storage_limit_bytes, progress_port)
    except DownloadError as error:
        click.echo(f"Error: {error}", err=True)
        last_words.leave(str(error))
        return error.exit_code
    return DONE


def _end(number: int, _frame: FrameType | None) -> None:
    """At once: what has come is kept, whatever is interrupted."""
    os.write(sys.stderr.fileno(), b"Ended by a signal; the next start goes on from here.\n")
    os._exit(128 + number)
