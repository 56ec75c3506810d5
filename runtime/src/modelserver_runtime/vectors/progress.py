"""How far a tool is, on standard error: a bar in a terminal, a line for each tenth elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

Advance = Callable[[], None]


@contextmanager
def steps(what: str, total: int) -> Iterator[Advance]:
    """A function to call after each of `total` steps of `what`."""
    if sys.stderr.isatty():
        with click.progressbar(length=total, label=what, file=sys.stderr) as bar:
            yield lambda: bar.update(1)
    else:
        yield _lines(what, total)


def _lines(what: str, total: int) -> Advance:
    done = 0

    def advance() -> None:
        nonlocal done
        done += 1
        if done * 10 // total > (done - 1) * 10 // total:
            print(f"{what}: {done} of {total}", file=sys.stderr, flush=True)

    return advance
