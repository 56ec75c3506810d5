"""The runtime as a subprocess: started, told once to end, waited for."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Self

import click

from modelserver_operator.api.sources import HuggingFaceSource
from modelserver_operator.cli.installed import MODULE

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Runtime:
    """How the runtime is started. drain_seconds: how long it may finish what it has accepted."""

    python: str
    environment: Mapping[str, str]
    drain_seconds: int

    def serve(self, start: Path, flags: Sequence[str]) -> int:
        """Runs with these flags until the runtime ends; its exit status, 128 + N when a signal N ended it."""
        farewell = f"finishing what was accepted, at most {self.drain_seconds} s; once more stops at once"
        return self._run(["serve", "--config", str(start), *flags], self.environment, farewell)

    def download(self, source: HuggingFaceSource, to: Path, only_there: Mapping[str, str]) -> int:
        """Brings the model into the folder unless it is there; returns the exit status likewise.

        only_there: variables that serving must not have, such as the token.
        """
        words = ["download", "--repo", source.repo, "--revision", source.revision, "--to", str(to)]
        return self._run(words, {**self.environment, **only_there}, "the download stops; what has come is kept")

    def _run(self, words: Sequence[str], environment: Mapping[str, str], farewell: str) -> int:
        with _Ending(farewell) as ending:
            # A session of its own: a terminal's Ctrl-C reaches this process only, which passes it on once.
            child = subprocess.Popen([self.python, "-m", MODULE, *words], env=environment, start_new_session=True)
            ending.applies_to(child)
            code = child.wait()
        return code if code >= 0 else 128 - code


class _Ending(AbstractContextManager["_Ending"]):
    """The first signal asks the child to end, a second one ends it and its engine at once. farewell: what is said."""

    def __init__(self, farewell: str) -> None:
        self._farewell = farewell
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
        click.echo(self._farewell, err=True)
