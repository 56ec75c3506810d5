"""The runtime as a subprocess: started once, told once to end, waited for."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Self

import click

from modelserver_operator.cli.installed import MODULE

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Runtime:
    """How the runtime is started. drain_seconds: how long it may finish what it has accepted."""

    python: str
    environment: Mapping[str, str]
    drain_seconds: int

    def serve(self, start: Path) -> int:
        """Runs until the runtime ends; returns its exit status, 128 + N when a signal N ended it."""
        command = [self.python, "-m", MODULE, "serve", "--config", str(start)]
        with _Ending(self.drain_seconds) as ending:
            # A session of its own: a terminal's Ctrl-C reaches this process only, which passes it on once.
            child = subprocess.Popen(command, env=self.environment, start_new_session=True)
            ending.applies_to(child)
            code = child.wait()
        return code if code >= 0 else 128 - code


class _Ending(AbstractContextManager["_Ending"]):
    """The first signal asks the child to drain, a second one ends it and its engine at once."""

    def __init__(self, drain_seconds: int) -> None:
        self._drain_seconds = drain_seconds
        self._received = 0
        self._child: subprocess.Popen[bytes] | None = None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._receive) for number in STOP_SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def applies_to(self, child: subprocess.Popen[bytes]) -> None:
        """Passes on what comes, and what came while the child was being started."""
        self._child = child
        if self._received:
            self._ask(child)

    def _receive(self, _: int, __: FrameType | None) -> None:
        self._received += 1
        if self._child is None:
            return
        if self._received == 1:
            self._ask(self._child)
        else:
            os.killpg(self._child.pid, signal.SIGKILL)

    def _ask(self, child: subprocess.Popen[bytes]) -> None:
        child.send_signal(signal.SIGTERM)
        text = f"finishing what was accepted, at most {self._drain_seconds} s; once more stops at once"
        click.echo(text, err=True)
