"""A load test from the first look at the server to the exit status."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace

import click

from modelserver_operator.cli.connection import connected
from modelserver_operator.cli.loadtest.capacity import finding
from modelserver_operator.cli.loadtest.generating.generator import generate
from modelserver_operator.cli.loadtest.generating.pool import GeneratorError
from modelserver_operator.cli.loadtest.progress import Shown, tell
from modelserver_operator.cli.loadtest.reporting import showing
from modelserver_operator.cli.loadtest.reporting.making import Subject, report
from modelserver_operator.cli.loadtest.reporting.report import Report
from modelserver_operator.cli.loadtest.wanted import named, planning
from modelserver_operator.cli.loadtest.wanted.about import About, AboutError, about
from modelserver_operator.cli.loadtest.wanted.arguments import HowMuch, Judged, Told, What, Whom
from modelserver_operator.cli.loadtest.wanted.planning import Planner
from modelserver_operator.cli.loadtest.wanted.way import Way, WayError, direct

OK, NOT_HELD = 0, 1


async def conducted(whom: Whom, what: What, how_much: HowMuch, judged: Judged, told: Told) -> int:
    """The exit status. Raises ClickException."""
    old = showing.read(told.compare) if told.compare else None
    async with _reached(whom) as (way, pods):
        headers = {**way.with_key(whom.api_key, what.family), **dict(whom.headers)}
        found = await _about(way, headers)
        names = planning.models(what, found)
        planning.require_room(what, min((found.lengths[name] for name in names if name in found.lengths), default=None))
        planner = Planner(way.destination(headers), planning.requests(what, names), how_much)
        subject = Subject(whom.asked, way, found, names, what, how_much, judged)
        made = await _tested(subject, planner, pods)
    showing.show(made, told, old)
    return OK if _holds(made) else NOT_HELD


def _holds(made: Report) -> bool:
    """Whether something was answered, every assertion holds, and a rate was found where one was looked for."""
    found = made.capacity is None or made.capacity.rate is not None
    return bool(made.overall.answered) and found and all(each.holds for each in made.assertions)


Pods = Callable[[], Awaitable[int | None]]


@asynccontextmanager
async def _reached(whom: Whom) -> AsyncIterator[tuple[Way, Pods]]:
    """The way to the server, and how many of its pods are ready whenever that is asked."""
    if "://" in whom.asked:
        try:
            yield direct(whom.asked, whom.ca_file, insecure=whom.insecure), _unknown
        except WayError as error:
            raise click.BadParameter(f"{error}.", param_hint="URL|NAME") from error
        return
    async with connected(whom.kubeconfig, whom.kube_context, whom.namespace) as connection:

        async def pods() -> int | None:
            return named.ready_pods(await named.server(connection, whom.asked))

        yield await named.way(connection, whom.asked), pods


async def _unknown() -> None:
    """Of a URL nobody says how many pods stand behind it."""


async def _about(way: Way, headers: Mapping[str, str]) -> About:
    try:
        return await about(way, headers)
    except AboutError as error:
        raise click.ClickException(str(error)) from error


async def _tested(subject: Subject, planner: Planner, pods: Pods) -> Report:
    before = await pods()
    try:
        with interruptible() as stop:
            run = await (
                finding.found(planner, subject.judged, stop) if subject.judged.find_capacity else _once(planner, stop)
            )
    except GeneratorError as error:
        raise click.ClickException(str(error)) from error
    subject = replace(subject, pods=(before, await pods()))
    return report(subject, run.plan, run.recorded, run.capacity(subject.pods))


async def _once(planner: Planner, stop: asyncio.Event) -> finding.Run:
    plan, asked = planner.plan(), planner.how_much
    whole = asked.duration and asked.warm_up + asked.duration
    with Shown(whole) as shown:
        return finding.Run(plan, await generate(plan, shown.show, stop))


@contextmanager
def interruptible() -> Iterator[asyncio.Event]:
    """Is set by the first Ctrl-C; the second ends everything, as always."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def interrupted() -> None:
        if stop.is_set():  # both came in one turn of the loop
            raise KeyboardInterrupt
        loop.remove_signal_handler(signal.SIGINT)
        tell("Ended early: what was measured so far is told.")
        stop.set()

    loop.add_signal_handler(signal.SIGINT, interrupted)
    try:
        yield stop
    finally:
        loop.remove_signal_handler(signal.SIGINT)
