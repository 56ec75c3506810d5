"""The process that downloads: its logs, its last words and how it ends."""

import contextlib
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
# What Kubernetes shows of a container that has ended; it is there in containers only.
TERMINATION_LOG = Path("/dev/termination-log")


def run(
    repo: str,
    revision: str,
    to: Path,
    retry_seconds: float,
    *,
    storage_limit_bytes: int | None = None,
    last_words: Path = TERMINATION_LOG,
) -> int:
    """Downloads the model unless it is there; the exit code. A signal ends the process with 128 and its number.

    storage_limit_bytes: what the model may take, where that is less than what the disk has.
    last_words: a file that takes the one sentence of a failure, where there is such a file.
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
        ensure(from_environment(repo, revision), to, retry_seconds, storage_limit_bytes)
    except DownloadError as error:
        click.echo(f"Error: {error}", err=True)
        _leave(last_words, str(error))
        return error.exit_code
    return DONE


def _leave(file: Path, sentence: str) -> None:
    """Without it Kubernetes takes the end of the log, where the sentence is the last of many lines."""
    with contextlib.suppress(OSError):
        if file.exists():
            file.write_text(f"{sentence}\n", encoding="utf-8")


def _end(number: int, _frame: FrameType | None) -> None:
    """At once: what has come is kept, whatever is interrupted."""
    os.write(sys.stderr.fileno(), b"Ended by a signal; the next start goes on from here.\n")
    os._exit(128 + number)
