"""How a load stands while it runs: one line, drawn again and again in a terminal, else every few seconds, on stderr."""

from __future__ import annotations

import sys
from types import TracebackType

import click
from rich.console import Console
from rich.live import Live
from rich.text import Text

from modelserver_operator.cli.loadtest.generating.recorded import Progress
from modelserver_operator.cli.loadtest.reporting.figures import rate, seconds

EVERY_SECONDS = 5.0  # between two lines of a log


def tell(words: str) -> None:
    """Say something besides; a terminal gets it in lines that end between words."""
    console = _console()
    if console.is_terminal:
        console.print(Text(words))
    else:
        click.echo(words, err=True)


def _console() -> Console:
    return Console(file=sys.stderr, highlight=False, markup=False, emoji=False)


class Shown:
    """Shows progress until it is closed. what: what stands before it, such as the rate that is tried."""

    def __init__(self, whole_seconds: float | None, what: str = "") -> None:
        self._whole, self._what = whole_seconds, what
        console = _console()
        self._live = Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None
        self._next = EVERY_SECONDS

    def __enter__(self) -> Shown:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._live:
            self._live.stop()

    def show(self, progress: Progress) -> None:
        """The newest."""
        if self._live:
            self._live.update(Text(self._line(progress)), refresh=True)
        elif progress.elapsed >= self._next:
            self._next = progress.elapsed + EVERY_SECONDS
            click.echo(self._line(progress), err=True)

    def _line(self, progress: Progress) -> str:
        of = f" of {self._whole:.0f}" if self._whole else ""
        parts = [
            f"{progress.elapsed:.0f}{of} s{', warm-up' if progress.warming_up else ''}",
            f"{progress.in_flight} open",
            f"{progress.answered} answered",
            f"{progress.refused} refused" if progress.refused else "",
            f"{progress.failed} failed" if progress.failed else "",
            f"{rate(progress.requests_per_second)} requests/s",
            f"{rate(progress.tokens_per_second)} tokens/s",
            self._time("TTFT", progress.first_token.p50),
            self._time("p95 end to end", progress.whole.p95),
        ]
        return self._what + ", ".join(filter(None, parts))

    def _time(self, name: str, value: float) -> str:
        return f"{name} {seconds(value)}" if value == value else ""  # noqa: PLR0124 - nan, where nothing ended
