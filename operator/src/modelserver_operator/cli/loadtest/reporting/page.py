"""The report as one page that needs nothing but itself: no script, no font, no picture from anywhere else."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from modelserver_operator.cli.loadtest.reporting import comparison_text, figures, plots, text
from modelserver_operator.cli.loadtest.reporting.comparing import compared
from modelserver_operator.cli.loadtest.reporting.report import Report

METRICS = {"ttft": "Time to first token", "itl": "Between tokens", "e2e": "End to end"}


class Plot(NamedTuple):
    """A picture, its title, and what it shows."""

    title: str
    says: str
    svg: Markup


def page(report: Report, old: Report | None = None) -> str:
    """The HTML. old: what it is compared with."""
    return _environment().get_template("page.html.j2").render(
        report=report,
        command_line=shlex.join(report.command_line),
        server=text.server(report.target),
        load=text.load(report.load),
        rows=text.shown(report),
        metrics=METRICS,
        ended_early=text.ended_early(report) if report.ended_early else "",
        remarks=list(text.remarks(report)),
        capacity=text.capacity(report.capacity) if report.capacity else None,
        plots=list(_plots(report)),
        comparison=compared(old, report) if old else None,
        comparison_says=comparison_text.HOW,
    )  # fmt: skip


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("modelserver_operator.cli.loadtest.reporting", "."),
        autoescape=select_autoescape(enabled_extensions=("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "seconds": figures.seconds,
        "share": figures.share,
        "rate": figures.rate,
        "said": figures.said,
        "changed": comparison_text.changed,
    }
    return made


def _plots(report: Report) -> Iterator[Plot]:
    warm_up = report.load.warm_up_seconds
    begun = f"The first {warm_up:g} s are the warm-up." if warm_up else ""
    slices = f"In slices of {report.timeline.slice_seconds:g} s."
    if any(each.e2e_p50 is not None for each in report.timeline.moments):  # pygal draws no plot without a point
        yield _plot("Latency over time", f"By when requests were due. {slices} {begun}", plots.latency(report))
    yield _plot("Requests a second", f"By when they were due, and when they ended. {begun}", plots.throughput(report))
    for metric, title in METRICS.items():
        if getattr(report.overall, metric):
            says = "What share took no longer, up to 99.5 %, without the warm-up."
            yield _plot(f"{title}, distribution", says, plots.distribution(report, metric))
    yield _plot("Tokens a second", f"Of answers, by when these ended. {begun}", plots.tokens(report))
    yield _plot("Open requests", f"At the end of each slice. {begun}", plots.in_flight(report))


def _plot(title: str, says: str, svg: str) -> Plot:
    return Plot(title, says.strip(), Markup(svg))
