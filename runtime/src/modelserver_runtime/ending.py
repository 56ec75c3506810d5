"""How the program ends: its exit codes beside those of `serve`, and what it says last."""

import logging
import multiprocessing
import os
import sys
from typing import NoReturn

import click

INTERRUPTED = 130  # what a shell calls a process that Ctrl-C ended


class Unusable(click.ClickException):
    """What was asked for cannot be started; one sentence, exit code 2, no traceback."""

    exit_code = 2


def leave(code: int) -> NoReturn:
    """End now, with the engine's processes: at interpreter shutdown vLLM's objects would log tracebacks."""
    for child in multiprocessing.active_children():
        child.kill()
    logging.shutdown()
    sys.stdout.flush()
    os._exit(code)
