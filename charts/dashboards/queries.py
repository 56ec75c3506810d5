"""PromQL as the dashboards ask it: whose series, rates of counters, percentiles of histograms.

Rates reach over Grafana's `$__rate_interval`, which holds four scrapes at least, however far one zooms in. Gauges of
one thing are aggregated with `max`: two replicas of the operator may tell the same while they change over.
"""

from dataclasses import dataclass

WINDOW = "$__rate_interval"
# As the alerts take the share of requests that fail: of those that were not refused.
NOT_REFUSED = 'outcome!="refused"'


@dataclass(frozen=True)
class Query:
    """What Prometheus is asked, and how Grafana names each series of the answer, such as `{{pod}}`."""

    expr: str
    legend: str = ""


@dataclass(frozen=True)
class Whose:
    """The label matchers by which every selector of a dashboard selects."""

    matchers: str

    def series(self, metric: str, *more: str) -> str:
        """The series of a metric that are in view, with further matchers."""
        return f"{metric}{{{', '.join((self.matchers, *more))}}}"

    def rate(self, counter: str, by: str = "", *more: str) -> str:
        """How much a counter grows in a second, summed up by labels."""
        return total(f"rate({self.series(counter, *more)}[{WINDOW}])", by)

    def growth(self, counter: str, by: str = "", *more: str) -> str:
        """How much a counter has grown over the whole range in view."""
        return total(f"increase({self.series(counter, *more)}[$__range])", by)

    def percentile(self, number: int, histogram: str, by: str = "") -> str:
        """A percentile over all pods: buckets can be added up, percentiles cannot."""
        labels = f"le, {by}" if by else "le"
        return f"histogram_quantile({number / 100:g}, {self.rate(f'{histogram}_bucket', labels)})"

    def percentiles(self, histogram: str) -> tuple[Query, ...]:
        """P50, P95 and P99 of all that is in view."""
        return tuple(Query(self.percentile(number, histogram), f"P{number}") for number in (50, 95, 99))

    def mean(self, histogram: str) -> str:
        """The mean of what was observed."""
        return f"{self.rate(f'{histogram}_sum')} / ({self.rate(f'{histogram}_count')} > 0)"


def total(expr: str, by: str = "") -> str:
    """A sum, by labels."""
    return f"sum by ({by}) ({expr})" if by else f"sum({expr})"


def most(expr: str, by: str = "") -> str:
    """A maximum, by labels."""
    return f"max by ({by}) ({expr})" if by else f"max({expr})"


def share(part: str, whole: str) -> str:
    """A part of a whole, 0 to 1; nothing where the whole is nothing."""
    return f"{part} / ({whole} > 0)"


def or_zero(expr: str) -> str:
    """A number where there may be no series: nothing there is none of it."""
    return f"{expr} or vector(0)"


def firing(whose: Whose, *more: str) -> str:
    """The alerts that wait or fire, each with the time since which, in milliseconds since 1970."""
    alerts, since = whose.series("ALERTS", *more), whose.series("ALERTS_FOR_STATE", *more)
    return f"{alerts} * ignoring (alertstate) group_left () {since} * 1000"
