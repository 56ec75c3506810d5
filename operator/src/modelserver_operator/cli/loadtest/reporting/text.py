"""A report for people, in at most 100 columns, and fewer where a terminal is narrower."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import RenderableType
from rich.text import Text

from modelserver_operator.cli import screen
from modelserver_operator.cli.loadtest.reporting.capacity_report import Capacity
from modelserver_operator.cli.loadtest.reporting.figures import rate, seconds, share
from modelserver_operator.cli.loadtest.reporting.report import Load, Own, Report, Summary, Target, Times
from modelserver_operator.cli.narrow import Narrow, Sentence

GOOD, BAD, TITLE = "green", "bold red", "bold"
TIMES: Mapping[str, str] = {"ttft": "TTFT", "itl": "ITL", "e2e": "End to end"}
ALL = "all"
WIDTH = 100  # columns


def text(report: Report) -> Iterator[RenderableType]:
    """Everything that there is to say, in the order in which it is read."""
    yield Text(server(report.target), style=TITLE)
    yield wrapped(load(report.load))
    if report.ended_early:
        yield Text(ended_early(report), style=BAD)
    if report.target.note:
        yield wrapped(report.target.note, "yellow")
    rows = shown(report)
    yield from (Text(), _counts(rows), Text())
    if any(getattr(each, metric) for each in rows.values() for metric in TIMES):
        yield from (_times(rows), Text())
    yield from map(wrapped, remarks(report))
    if report.capacity:
        yield from _capacity(report.capacity)
    yield from _assertions(report)


def wrapped(sentence: str, style: str = "") -> Sentence:
    """A sentence in lines of WIDTH."""
    return Sentence(sentence, WIDTH, style)


def shown(report: Report) -> Mapping[str, Summary]:
    """The scenarios, and all together behind them where there are several."""
    return report.scenarios if len(report.scenarios) == 1 else {**report.scenarios, ALL: report.overall}


def server(target: Target) -> str:
    """Who was asked."""
    name = target.model_server or target.url
    pods = f", {target.ready_pods} ready pods" if target.ready_pods is not None else ""
    return f"{name}{pods}{f', {target.server}' if target.server else ''}: {', '.join(target.models)}"


def load(asked: Load) -> str:
    """What was asked for, in a line."""
    shares = ", ".join(
        f"{name} {100 * part:.3g} %" if len(asked.scenarios) > 1 else name for name, part in asked.scenarios.items()
    )
    how = (
        f"{asked.concurrency} callers"
        if asked.rate is None
        else f"{rate(asked.rate)} requests/s, {asked.arrivals.lower()}"
    )
    length = f"{asked.requests} requests" if asked.duration_seconds is None else f"{asked.duration_seconds:g} s"
    tempers = f", {' and '.join(asked.emotions)}" if asked.emotions else ""
    kind = "streams" if asked.stream else "whole answers"
    return f"{asked.api}, {kind}, {shares}{tempers}; {how}; {length} after {asked.warm_up_seconds:g} s of warm-up"


def ended_early(report: Report) -> str:
    """How much there was until then."""
    if not report.measured_seconds:
        return "Ended early, in the warm-up: nothing was measured."
    return f"Ended early, after {seconds(report.measured_seconds)} of measuring."


def _counts(rows: Mapping[str, Summary]) -> RenderableType:
    has_goodput = any(each.goodput for each in rows.values())
    made = screen.table(
        "scenario",
        "asked",
        "answered",
        "refused",
        "failed",
        "answers/s",
        "tokens/s",
        *(("goodput",) if has_goodput else ()),
    )
    for name, each in rows.items():
        rates = (rate(each.requests_per_second.value), rate(each.tokens_per_second.value))
        good = (share(each.goodput.share.value) if each.asked else "-",) if each.goodput else ()
        style = BAD if each.failed else ""
        screen.row(made, name, each.asked, each.answered, each.refused, each.failed, *rates, *good, style=style)
    return Narrow(made, spare=("TOKENS/S", "REFUSED", "ASKED"), words=("SCENARIO",))


def _times(rows: Mapping[str, Summary]) -> RenderableType:
    made = screen.table("", "scenario", "mean", "p50", "p90", "p95", "p99", "max")
    for metric, title in TIMES.items():
        told = {name: times for name, each in rows.items() if (times := getattr(each, metric))}
        for number, (name, times) in enumerate(told.items()):
            screen.row(made, Text(title if not number else "", style=TITLE), name, *_cells(times))
    return Narrow(made, spare=("MEAN", "P90", "P99"), words=("SCENARIO",))


def _cells(times: Times) -> tuple[str, ...]:
    figures = (times.mean, times.p50, times.p90, times.p95, times.p99)
    return (*(seconds(figure.value) for figure in figures), seconds(times.max))


def remarks(report: Report) -> Iterator[str]:
    """Sentences about what the tables do not say."""
    overall = report.overall
    for each in overall.refusals:
        yield f"Refused: {each.count} × {each.kind}{_waits(each.retry_after)}."
    for kind, number in overall.errors.items():
        yield f"Failed: {number} × {kind}."
    if overall.abandoned:
        yield f"{overall.abandoned} requests were open when the test was ended, and count for nothing."
    if overall.goodput:
        yield f"Goodput: {rate(overall.goodput.per_second.value)} answers/s kept {' and '.join(report.objectives)}."
    if report.target.steering and set(map(_mix, report.target.steering)) != {"none"}:
        steered = ", ".join(f"{number} × {_mix(header)}" for header, number in report.target.steering.items())
        yield f"Steered: {steered}."
    if overall.e2e and report.load.warm_up_seconds < overall.e2e.p95.value and report.load.duration_seconds:
        yield (
            f"The warm-up was shorter than answers take (P95 {seconds(overall.e2e.p95.value)}): answers/s and tokens/s "
            "may be less than the server does in the long run."
        )
    yield own(report.own)


def _mix(header: str) -> str:
    """Of x-modelserver-steering, without the revision."""
    return ";".join(part for part in header.split(";") if not part.startswith("rev="))


def _waits(waits: list[float]) -> str:
    if not waits:
        return ", without Retry-After"
    least, _, most = waits
    return f", Retry-After {least:g} s" if least == most else f", Retry-After {least:g} to {most:g} s"


def own(told: Own) -> str:
    """What the load tester has cost, and whether that matters."""
    cost = (
        f"Load tester: {told.cpu_per_request * 1000:.2f} ms of CPU a request, at most "
        f"{100 * told.cpu_share:.0f} % of a core"
    )
    if told.lateness.p99 is not None:
        cost += f"; sent {seconds(told.lateness.p99)} late at most in 99 of 100 cases"
    return (
        f"{cost}. {told.bottleneck} The figures may be its own." if told.bottleneck else f"{cost}: not the bottleneck."
    )


def _capacity(found: Capacity) -> Iterator[RenderableType]:
    made = screen.table("requests/s", "asked/s", "answered/s", "")
    for each in sorted(found.tries, key=lambda tried: tried.rate):
        verdict = Text("met", style=GOOD) if each.met else Text(f"missed: {each.why}", style="yellow")
        screen.row(made, rate(each.rate), rate(each.asked_per_second), rate(each.answered_per_second), verdict)
    yield from (Text(), Narrow(made, words=("",)), Text(), Text(capacity(found), style=TITLE))
    if found.proposal:
        yield from map(wrapped, found.proposal.why)
        yield from (Text(), Text(found.proposal.manifest.rstrip()))


def capacity(found: Capacity) -> str:
    """What was found, in a sentence."""
    if found.rate is None and found.outcome == "Stopped":
        return "Ended early, before a rate was found that meets the objectives."
    if found.rate is None:
        return "The objectives were met at no rate that was tried."
    largest = f"{rate(found.rate)} requests/s"
    match found.outcome:
        case "NotReached":
            return f"The objectives are met at {largest}, and no larger rate was tried: raise --max-rate."
        case "LoadTester":
            return f"The objectives are met at {largest}; more than that this load tester cannot do from here."
        case "Stopped":
            return f"Ended early: the objectives are met at {largest}, maybe at more."
    return f"The largest rate that meets the objectives is {largest}; {rate(found.first_too_much or 0)} is too much."


def _assertions(report: Report) -> Iterator[RenderableType]:
    if not report.assertions:
        return
    made = screen.table("assertion", "", "figure")
    for each in report.assertions:
        verdict = Text("holds", style=GOOD) if each.holds else Text("DOES NOT HOLD", style=BAD)
        screen.row(made, each.text, verdict, each.said)
    yield from (Text(), Narrow(made, words=("ASSERTION",)))
