"""What is claimed of a load test, on the command line: `[scenario.]metric[.percentile] operator value[unit]`.

`e2e.p95<1s`, `short.ttft.p50<=300ms`, `errors<0.1%`, `rps>=20`: an assertion, or an objective.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

# What the curves of a report are told at: percents, ascending. The tail is told closer, for it is what is asked about.
CURVE_PERCENTS: tuple[float, ...] = (0, *range(1, 100), 99.5, 99.9, 100)

OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
TIMES = ("ttft", "itl", "e2e")
METRICS = (*TIMES, "errors", "refusals", "rps", "tokens", "goodput")
STATISTICS = ("mean", "max", *(f"p{percent:g}" for percent in CURVE_PERCENTS[1:-1]))
SECONDS: Mapping[str, float] = {"ms": 0.001, "s": 1.0, "min": 60.0}
NAME = r"[A-Za-z0-9_-]+"  # of a scenario


class ClaimError(ValueError):
    """A claim that cannot be read; the message says which part, and what is allowed there."""


@dataclass(frozen=True)
class Claim:
    """A figure, and the bound that it is to keep. scenario: "" is all of them together.

    unit: `s` of times, `%` of shares, "" of counts and rates; bound: in seconds, shares of 1, counts, or a second.
    """

    text: str
    scenario: str
    metric: str
    statistic: str
    comparison: str
    bound: float
    unit: str

    def holds(self, figure: float) -> bool:
        """Whether it does."""
        return OPERATORS[self.comparison](figure, self.bound)

    @property
    def is_upper(self) -> bool:
        """Whether the figure is to stay below the bound."""
        return self.comparison in ("<", "<=")


def parse(text: str) -> Claim:
    """Raises ClaimError."""
    found = re.fullmatch(r"\s*([^<>=\s]+)\s*(<=|>=|<|>)\s*(\d+(?:\.\d+)?)\s*(\S*)\s*", text)
    if not found:
        raise ClaimError(f"{text!r} is not of the form [scenario.]metric[.percentile] < value, such as e2e.p95<1s")
    name, comparison, number, unit = found.groups()
    scenario, metric, statistic = _name(name)
    bound, kept_unit = _bound(metric, float(number), unit)
    return Claim(re.sub(r"\s", "", text), scenario, metric, statistic, comparison, bound, kept_unit)


def _name(name: str) -> tuple[str, str, str]:
    """Scenario, metric, statistic."""
    first, _, rest = name.partition(".")
    scenario, (metric, _, statistic) = ("", (first, ".", rest)) if first in METRICS else (first, rest.partition("."))
    if metric not in METRICS:
        what = f"{metric!r}" if metric else f"{name!r}"
        raise ClaimError(f"{what} is no metric: allowed are {', '.join(METRICS)}")
    if metric in TIMES and statistic not in STATISTICS:
        raise ClaimError(f"{name!r}: {metric} needs one of p1 to p99, p99.5, p99.9, mean or max, such as {metric}.p95")
    if metric not in TIMES and statistic:
        raise ClaimError(f"{name!r}: {metric} has no {statistic!r}; write {metric} alone")
    return scenario, metric, statistic


def _bound(metric: str, number: float, unit: str) -> tuple[float, str]:
    """The bound in the unit in which the metric is kept."""
    if metric in TIMES:
        if unit not in SECONDS:
            raise ClaimError(f"{metric} is a time: give {number:g} a unit, one of {', '.join(SECONDS)}")
        return number * SECONDS[unit], "s"
    if unit == "%" and metric in ("errors", "refusals", "goodput"):
        if number > 100:
            raise ClaimError(f"{metric}: a share is at most 100 %, not {number:g} %")
        return number / 100, "%"
    if unit == "" or (unit == "/s" and metric in ("rps", "tokens", "goodput")):
        return number, ""
    raise ClaimError(f"{metric}: {unit!r} is no unit of it; allowed {_units(metric)}")


def _units(metric: str) -> str:
    if metric in ("errors", "refusals"):
        return "are % (a share) and none (a number of requests)"
    return "are % (a share) and /s" if metric == "goodput" else "is /s, or none, which is the same"


def check(claims: Sequence[Claim], scenarios: Sequence[str], *, streamed: bool, has_objectives: bool) -> None:
    """Raises ClaimError where one is about what the run will not have."""
    for each in claims:
        if each.scenario and each.scenario not in scenarios:
            names = ", ".join(scenarios)
            raise ClaimError(f"{each.text!r}: there is no scenario {each.scenario!r} in this run; there are: {names}")
        if each.metric in ("ttft", "itl") and not streamed:
            raise ClaimError(f"{each.text!r}: only streams have a {each.metric}; leave out --no-stream, or take e2e")
        if each.metric == "goodput" and not has_objectives:
            raise ClaimError(f"{each.text!r}: goodput is what keeps an --slo; give one, such as 'ttft.p95<2s'")
