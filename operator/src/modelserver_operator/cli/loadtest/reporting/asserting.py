"""Assertions about a report: the figure that each is about, and whether it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from modelserver_operator.cli.loadtest.reporting.figures import said
from modelserver_operator.cli.loadtest.reporting.report import Goodput, Held, Summary, Times
from modelserver_operator.cli.loadtest.wanted.claims import CURVE_PERCENTS, TIMES, Claim


def held(claims: Sequence[Claim], overall: Summary, scenarios: Mapping[str, Summary]) -> list[Held]:
    """What became of each. Where nothing was measured, it does not hold."""
    return [_held(each, scenarios[each.scenario] if each.scenario else overall) for each in claims]


def _held(claim: Claim, of: Summary) -> Held:
    figure = measured(claim, of)
    if figure is None:
        return Held(text=claim.text, holds=False, figure=None, said="nothing was measured")
    return Held(text=claim.text, holds=claim.holds(figure), figure=figure, said=said(figure, claim.unit, claim.metric))


def measured(claim: Claim, of: Summary) -> float | None:
    """The figure that a claim is about; None where there is none."""
    if claim.metric in TIMES:
        times: Mapping[str, Times | None] = {"ttft": of.ttft, "itl": of.itl, "e2e": of.e2e}
        return _statistic(times[claim.metric], claim.statistic)
    if not of.asked:
        return None
    if claim.metric == "goodput":
        return _goodput(of.goodput, claim.unit)
    shares = {"errors": of.error_share.value, "refusals": of.refusal_share.value}
    counts = {"errors": float(of.failed), "refusals": float(of.refused)}
    rates = {"rps": of.requests_per_second.value, "tokens": of.tokens_per_second.value}
    return (shares if claim.unit else counts | rates)[claim.metric]


def _goodput(goodput: Goodput | None, unit: str) -> float | None:
    if goodput is None:
        return None
    return goodput.share.value if unit else goodput.per_second.value


def _statistic(times: Times | None, statistic: str) -> float | None:
    if times is None:
        return None
    if statistic in ("mean", "max"):
        return times.mean.value if statistic == "mean" else times.max
    return times.curve[CURVE_PERCENTS.index(float(statistic[1:]))]
