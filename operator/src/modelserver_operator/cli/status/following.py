"""`--watch`: what is asked for is followed, and shown again when it changes, until somebody ends it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Protocol

import click
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from modelserver_operator.cli.status.looking import Asked, find, views
from modelserver_operator.cli.status.numbers import Numbers
from modelserver_operator.cli.status.text import line, listing, page
from modelserver_operator.cli.status.view import View
from modelserver_operator.cluster import EVENT, MODEL_SERVER, POD, Cluster, Kind, Manifest
from modelserver_operator.cluster.mirror import Mirror

NUMBERS_SECONDS = 2.0  # between two looks at what pods do
QUIET_SECONDS = 30.0  # between two looks otherwise: that nobody has looked at a change becomes news by time alone
LONGEST_PAUSE_SECONDS = 10.0  # between two attempts to reach an API server that has gone

Print = Callable[[View], str]


class Screen(Protocol):
    """Where it is shown. live: whether what pods do at the moment is wanted, too."""

    live: bool

    def show(self, views: Sequence[View]) -> None:
        """All of it, as it is now."""


class Terminal:
    """The table, or the page, drawn again in its place."""

    live = True

    def __init__(self, asked: Asked, display: Live) -> None:
        self._asked, self._display = asked, display

    def show(self, views: Sequence[View]) -> None:
        """Draw it again."""
        self._display.update(Group(*self._parts(views)), refresh=True)

    def _parts(self, views: Sequence[View]) -> Iterable[RenderableType]:
        if self._asked.name is None:
            return listing(views, everywhere=not self._asked.namespace)
        return page(views[0]) if views else [Text(f"{self._asked.name} is deleted")]


class Log:
    """A line, or whatever `printed` makes of it, for each ModelServer that reads otherwise than before."""

    live = False

    def __init__(self, printed: Print | None) -> None:
        self._printed = printed
        self._before: dict[tuple[str, str], str] = {}

    def show(self, views: Sequence[View]) -> None:
        """Print what is new."""
        now = {view.key: line(view) for view in views}
        for view in views:
            if self._before.get(view.key) != now[view.key]:
                click.echo(self._printed(view) if self._printed else f"{_clock()}  {now[view.key]}")
        for namespace, name in self._before.keys() - now.keys():
            if self._printed is None:
                click.echo(f"{_clock()}  {namespace}/{name}  is deleted")
        self._before = now


@contextmanager
def screen(asked: Asked, printed: Print | None) -> Iterator[Screen]:
    """A terminal's screen, or a log where there is none, or where something else than a page is to be printed."""
    console = Console(highlight=False, markup=False, emoji=False)
    if printed or not console.is_terminal:
        yield Log(printed)
        return
    with Live(console=console, auto_refresh=False, transient=False) as display:
        yield Terminal(asked, display)


async def follow(cluster: Cluster, asked: Asked, printed: Print | None) -> None:
    """Until it is cancelled. Raises ClickException where there is nothing to be followed at first."""
    first = await find(cluster, asked)  # says what is wrong, where a watch would only try again
    changed = asyncio.Event()
    with screen(asked, printed) as shown:
        kinds = [kind for kind in first if shown.live or kind is not EVENT]
        mirrors = {kind: mirror(cluster, kind, asked, changed.set) for kind in kinds}
        await first_end(_show(cluster, mirrors, shown, changed), *(each.run() for each in mirrors.values()))


async def _show(
    cluster: Cluster, mirrors: Mapping[Kind, Mirror[Manifest]], shown: Screen, changed: asyncio.Event
) -> None:
    numbers = Numbers(cluster)
    while True:
        await _change(changed, NUMBERS_SECONDS if shown.live else QUIET_SECONDS)
        found = {kind: list(each.objects.values()) for kind, each in mirrors.items() if each.synced}
        if MODEL_SERVER in found:
            shown.show(views(found, await numbers.of(found.get(POD, ()) if shown.live else ())))


async def _change(changed: asyncio.Event, seconds: float) -> None:
    """Returns when something has changed, or after so many seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await changed.wait()
    changed.clear()


async def first_end(*together: Coroutine[Any, Any, None]) -> None:
    """All at once; the first that ends, by an error, which is raised, or not, ends the others."""
    tasks = [asyncio.create_task(each) for each in together]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def mirror(cluster: Cluster, kind: Kind, asked: Asked, changed: Callable[[], None]) -> Mirror[Manifest]:
    """The objects of a kind that are asked for, whole."""
    return Mirror(
        cluster,
        kind,
        lambda each: each,
        changed,
        namespace=asked.namespace,
        pause=lambda failures: min(2.0**failures / 4, LONGEST_PAUSE_SECONDS),
        **asked.selectors(kind),
    )


def _clock() -> str:
    return datetime.now(UTC).astimezone().strftime("%H:%M:%S")
