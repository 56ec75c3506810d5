"""Two reports side by side: what differs, for better or worse, and what of it is no more than chance. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from modelserver_operator.cli.loadtest.reporting import intervals
from modelserver_operator.cli.loadtest.reporting.report import Figure, Report, Summary, Times

SMALL = 1e-9  # below this two figures are the same


class Verdict(Enum):
    """What a difference says."""

    BETTER = "better"
    WORSE = "worse"
    NOISE = "no more than chance"
    UNKNOWN = "too little was measured"


@dataclass(frozen=True)
class Difference:
    """One figure of both reports. change: new over old, less 1; None where the old one is 0. unit: as in claims."""

    scenario: str
    name: str
    unit: str
    old: float
    new: float
    change: float | None
    verdict: Verdict


@dataclass(frozen=True)
class Comparison:
    """differences: of all requests together, then of each scenario that both have. notes: what was not alike."""

    old: Report
    new: Report
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]


def compared(old: Report, new: Report) -> Comparison:
    """Figures that only one of both has are left out."""
    found = list(_of("", old.overall, new.overall))
    both = [name for name in new.scenarios if name in old.scenarios]
    if len(both) > 1 or (both and len(old.scenarios) != len(new.scenarios)):
        found += [each for name in both for each in _of(name, old.scenarios[name], new.scenarios[name])]
    return Comparison(old, new, tuple(found), tuple(_notes(old, new)))


def _of(scenario: str, old: Summary, new: Summary) -> Iterator[Difference]:
    for metric, was, now in (("ttft", old.ttft, new.ttft), ("itl", old.itl, new.itl), ("e2e", old.e2e, new.e2e)):
        if was and now:
            yield from _times(scenario, metric, was, now)
    yield _difference(scenario, "rps", "", old.requests_per_second, new.requests_per_second, more_is_better=True)
    yield _difference(scenario, "tokens", "", old.tokens_per_second, new.tokens_per_second, more_is_better=True)
    if old.goodput and new.goodput:
        yield _difference(scenario, "goodput", "%", old.goodput.share, new.goodput.share, more_is_better=True)
    yield _difference(scenario, "errors", "%", old.error_share, new.error_share)
    yield _difference(scenario, "refusals", "%", old.refusal_share, new.refusal_share)


def _times(scenario: str, metric: str, old: Times, new: Times) -> Iterator[Difference]:
    for name in ("p50", "p90", "p95", "p99"):
        yield _difference(scenario, f"{metric}.{name}", "s", getattr(old, name), getattr(new, name))


def _difference(
    scenario: str, name: str, unit: str, old: Figure, new: Figure, *, more_is_better: bool = False
) -> Difference:
    change = new.value / old.value - 1 if old.value else None
    return Difference(scenario, name, unit, old.value, new.value, change, _verdict(old, new, more_is_better))


def _verdict(old: Figure, new: Figure, more_is_better: bool) -> Verdict:
    if abs(new.value - old.value) < SMALL:
        return Verdict.NOISE
    if old.low is None or old.high is None or new.low is None or new.high is None:
        return Verdict.UNKNOWN
    low, high = intervals.difference((old.value, (old.low, old.high)), (new.value, (new.low, new.high)))
    if low <= 0 <= high:
        return Verdict.NOISE
    return Verdict.BETTER if (low > 0) == more_is_better else Verdict.WORSE


def _notes(old: Report, new: Report) -> Iterator[str]:
    """What was asked for otherwise: then differences say as much of that."""
    was, now = (each.load.model_dump(by_alias=True) for each in (old, new))
    for name in was:
        if was[name] != now[name]:
            yield f"{name}: {_said(was[name])} before, {_said(now[name])} now"
    for name, before, after in (
        ("server", old.target.server, new.target.server),
        ("url", old.target.url, new.target.url),
    ):
        if before != after:
            yield f"{name}: {_said(before)} before, {_said(after)} now"


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {share:.0%}" for name, share in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)
