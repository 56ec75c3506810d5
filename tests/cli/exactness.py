"""A load on the scripted engine, and percentiles of what was reported beside those of what the engine did."""

import asyncio
import json
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import pairwise

from tests.bench.percentile import percentile
from tests.bench.runtime.script import Record
from tests.cli.scripted import Scripted

from modelserver_operator.cli.loadtest.generating.generator import generate
from modelserver_operator.cli.loadtest.generating.plan import Arrivals, Destination, Family, LoadPlan, Request
from modelserver_operator.cli.loadtest.generating.recorded import Outcome, Recorded
from modelserver_operator.cli.loadtest.reporting.report import Summary, Times
from modelserver_operator.cli.loadtest.reporting.summary import summaries

PERCENTS = (50, 90, 95, 99)
ALL = (Family.CHAT, Family.COMPLETIONS, Family.MESSAGES)
PATHS = {
    Family.CHAT: "/v1/chat/completions",
    Family.COMPLETIONS: "/v1/completions",
    Family.MESSAGES: "/v1/messages",
}


@contextmanager
def precedence(*processes: int) -> Iterator[None]:
    """Let these run before all others of the machine, where that is allowed: what is compared are two clocks' moments,
    and a process that waits for its turn between them is neither's fault. A help only: see `waited`."""
    first = os.SCHED_RR | os.SCHED_RESET_ON_FORK
    with suppress(PermissionError):
        for process in processes:
            os.sched_setscheduler(process, first, os.sched_param(1))
    try:
        yield
    finally:
        for process in processes:
            os.sched_setscheduler(process, os.SCHED_OTHER, os.sched_param(0))


def port_of(url: str) -> int:
    """The last part of an address."""
    return int(url.rsplit(":", 1)[1])


def request(family: Family, tokens: int, *, stream: bool = True) -> Request:
    """One that the scripted engine answers with so many tokens."""
    asked = {"prompt": "hi"} if family is Family.COMPLETIONS else {"messages": [{"role": "user", "content": "hi"}]}
    usage = {"stream_options": {"include_usage": True}} if stream and family is not Family.MESSAGES else {}
    body = {"model": "demo", "max_tokens": tokens, "stream": stream} | asked | usage
    return Request(family.value, PATHS[family], json.dumps(body).encode(), family, stream)


async def load(
    server: Scripted, arrivals: Arrivals, *requests: Request, seconds: float, runs: asyncio.Event | None = None
) -> Recorded:
    """All of it answered. runs: is set within it, about a second after its beginning."""
    plan = LoadPlan(Destination("127.0.0.1", port_of(server.url)), requests, arrivals, duration=seconds)
    recorded = await generate(plan, lambda _: runs.set() if runs else None)
    assert set(recorded.samples.outcome) == {Outcome.ANSWERED}, recorded.kinds
    return recorded


def first_tokens(recorded: Recorded) -> list[float]:
    """From when each request was due, in seconds."""
    return _since_due(recorded, recorded.samples.first_token)


def wholes(recorded: Recorded) -> list[float]:
    """From when each request was due, in seconds."""
    return _since_due(recorded, recorded.samples.end)


def gaps(records: Iterable[Record]) -> list[float]:
    """Between tokens, as the engine sent them."""
    return [after - before for each in records for before, after in pairwise(each.sent)]


def waited(recorded: Recorded, server: Scripted) -> float:
    """The most seconds by which a moment of ours may be off a moment of the engine's, since their processes had to wait
    for the processor: as both have measured it. On its way a request meets the load tester's lateness and the server's
    lag, and its answer the server's lag and the load tester's."""
    return recorded.own.lateness.longest + recorded.own.loop_lag.longest + 2 * server.lag()


def error(
    reported: Sequence[float], real: Sequence[float], percents: Iterable[int] = PERCENTS, *, excused: float = 0.0
) -> float:
    """The largest relative difference of a percentile; so many seconds of it are left out."""
    return max(off(percentile(reported, percent), percentile(real, percent), excused) for percent in percents)


def report_errors(recorded: Recorded, records: Sequence[Record], *, excused: float = 0.0) -> Iterator[float]:
    """The largest of each kind of time in the report: of all streams together, and of each scenario."""
    overall, scenarios = summaries(recorded, ())
    yield from summary_errors(overall, records, excused=excused)
    for name, summary in scenarios.items():
        path = PATHS[Family(name)]
        yield from summary_errors(summary, [each for each in records if each.path == path], excused=excused)


def summary_errors(summary: Summary, records: Sequence[Record], *, excused: float = 0.0) -> Iterator[float]:
    """The same of the streams that one of its parts is about."""
    yield times_error(summary.ttft, [each.first - each.arrived for each in records], excused=excused)
    yield times_error(summary.e2e, [each.ended - each.arrived for each in records], excused=excused)
    yield times_error(summary.itl, gaps(records), excused=excused)


def times_error(
    reported: Times | None, real: Sequence[float], percents: Iterable[int] = PERCENTS, *, excused: float = 0.0
) -> float:
    """The same of one kind of time. percents: of those that the report prints."""
    assert reported is not None
    assert reported.samples == len(real)
    told = reported.model_dump()
    return max(off(told[f"p{percent}"]["value"], percentile(real, percent), excused) for percent in percents)


def gaps_errors(recorded: Recorded, records: Sequence[Record], *, excused: float = 0.0) -> Iterator[float]:
    """The same of the times between tokens, which are reported as a histogram for each scenario."""
    for scenario, histogram in zip(recorded.scenarios, recorded.gaps, strict=True):
        real = gaps(each for each in records if each.path == PATHS[Family(scenario)])
        assert histogram.count == len(real)
        yield max(off(histogram.percentile(percent), percentile(real, percent), excused) for percent in PERCENTS)


def off(reported: float, real: float, excused: float = 0.0) -> float:
    """The relative difference."""
    assert math.isfinite(reported)
    return max(0.0, abs(reported - real) - excused) / real


def _since_due(recorded: Recorded, moments: Iterable[float]) -> list[float]:
    return [moment - due for moment, due in zip(moments, recorded.samples.intended, strict=True)]
