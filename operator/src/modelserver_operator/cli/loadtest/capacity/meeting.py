"""Whether a run has met its objectives, refusals and failures included. Pure."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence

from modelserver_operator.cli.loadtest.reporting.asserting import measured
from modelserver_operator.cli.loadtest.reporting.figures import said
from modelserver_operator.cli.loadtest.reporting.report import Summary, Times
from modelserver_operator.cli.loadtest.wanted.claims import CURVE_PERCENTS, TIMES, Claim

LEFT = 0.1  # of what was asked has stayed open over the measured time: no server goes on like that


def piled_up(overall: Summary, measured_seconds: float, warm_up: float) -> str:
    """That the line has only grown, where it has: a short run may end before its latencies show it.

    While the line fills for the first time, within the time of an answer, it is to grow. How many have come is known,
    so chance has its part only in how many are open: at a moment, as many as Little's law says on average, with that
    number's variance (Poisson's). Two standard deviations of the difference of two moments are chance.
    """
    if overall.e2e is None or warm_up < overall.e2e.p50.value:
        return ""
    answered = overall.requests_per_second.value
    left = overall.asked - answered * measured_seconds
    chance = 2 * math.sqrt(2 * answered * overall.e2e.mean.value)
    return "the line only grew" if left > max(LEFT * overall.asked, chance) else ""


def missed(objectives: Sequence[Claim], overall: Summary, scenarios: Mapping[str, Summary]) -> str:
    """The first objective that was missed, with its figure; empty where all were met.

    Who is refused at once has no latency, and was not served either: of percentiles, what was not answered counts as
    slower than everything that was.
    """
    for each in objectives:
        summary = scenarios[each.scenario] if each.scenario else overall
        figure = _of_all(each, summary)
        if figure is None or not each.holds(figure):
            return f"{each.text}: {_told(each, figure)}"
    return ""


def _told(claim: Claim, figure: float | None) -> str:
    return "too few were answered" if figure is None else said(figure, claim.unit, claim.metric)


def _of_all(claim: Claim, summary: Summary) -> float | None:
    """The figure over all that was asked; None where the percentile lies among what was not answered."""
    if claim.metric not in TIMES or not claim.statistic.startswith("p"):
        return measured(claim, summary)
    times: Mapping[str, Times | None] = {"ttft": summary.ttft, "itl": summary.itl, "e2e": summary.e2e}
    found, asked = times[claim.metric], summary.asked - summary.abandoned
    if found is None or not summary.answered:
        return None
    percent = float(claim.statistic[1:]) * (asked / summary.answered)  # exact where all were answered
    return found.curve[bisect_left(CURVE_PERCENTS, percent)] if percent <= 100 else None
