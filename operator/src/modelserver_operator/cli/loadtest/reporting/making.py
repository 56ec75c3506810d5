"""The report of a run, from what was asked for, what was found and what was recorded."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from modelserver_operator.cli.loadtest.generating import recorded as seen
from modelserver_operator.cli.loadtest.generating.plan import Closed, LoadPlan, Poisson
from modelserver_operator.cli.loadtest.reporting.asserting import held
from modelserver_operator.cli.loadtest.reporting.capacity_report import Capacity
from modelserver_operator.cli.loadtest.reporting.report import Delays, Load, Own, Report, Target
from modelserver_operator.cli.loadtest.reporting.summary import summaries
from modelserver_operator.cli.loadtest.reporting.timeline import timeline
from modelserver_operator.cli.loadtest.wanted.about import About
from modelserver_operator.cli.loadtest.wanted.arguments import HowMuch, Judged, What
from modelserver_operator.cli.loadtest.wanted.planning import SERVER, STEERING
from modelserver_operator.cli.loadtest.wanted.way import Way

HIDDEN = ("--api-key", "--header")  # options whose values nobody else is to read
STARS = "***"


@dataclass(frozen=True)
class Subject:
    """What a run was about. pods: ready ones, before and after it; None where nobody says."""

    whom: str
    way: Way
    about: About
    models: Sequence[str]
    what: What
    how_much: HowMuch
    judged: Judged
    pods: tuple[int | None, int | None] = (None, None)


def report(subject: Subject, plan: LoadPlan, recorded: seen.Recorded, capacity: Capacity | None = None) -> Report:
    """plan: that of the run that was recorded."""
    judged = subject.judged
    overall, scenarios = summaries(recorded, judged.objectives, by_count=subject.how_much.duration is None)
    began = datetime.fromtimestamp(recorded.began_unix, UTC)
    return Report(
        tool=f"modelserver {version('modelserver-operator')}",
        command_line=without_secrets(sys.argv[1:]),
        started_at=began.isoformat(timespec="seconds").replace("+00:00", "Z"),
        measured_seconds=recorded.measured_until - recorded.measured_from,
        ended_early=recorded.stopped,
        target=_target(subject, recorded.headers),
        load=_load(subject, plan),
        objectives=[each.text for each in judged.objectives],
        overall=overall,
        scenarios=scenarios,
        timeline=timeline(recorded),
        own=_own(recorded.own),
        assertions=held(judged.assertions, overall, scenarios),
        capacity=capacity,
    )


def without_secrets(words: Sequence[str]) -> list[str]:
    """A command line without what lets one in: keys, and whatever headers hold. A password in a URL is refused."""
    shown, hides = [], False
    for word in words:
        option, equals, _ = word.partition("=")
        shown.append(STARS if hides else f"{option}={STARS}" if equals and option in HIDDEN else word)
        hides = word in HIDDEN
    return shown


def _target(subject: Subject, headers: Mapping[str, Mapping[str, int]]) -> Target:
    lengths = [subject.about.lengths[name] for name in subject.models if name in subject.about.lengths]
    return Target(
        asked=subject.whom,
        url=subject.way.url,
        way=subject.way.kind,
        note=subject.way.note,
        model_server=subject.way.model_server,
        ready_pods=subject.pods[0],
        ready_pods_after=subject.pods[1],
        server=subject.about.server or next(iter(headers.get(SERVER, {})), None),
        models=list(subject.models),
        max_model_len=min(lengths, default=None),
        steering=dict(headers.get(STEERING, {})),
    )


def _load(subject: Subject, plan: LoadPlan) -> Load:
    what, how_much, arrivals = subject.what, subject.how_much, plan.arrivals
    whole = sum(item.weight for item in what.items)
    shares: dict[str, float] = {}
    for item in what.items:
        shares[item.scenario] = shares.get(item.scenario, 0.0) + item.weight / whole
    closed = isinstance(arrivals, Closed)
    return Load(
        arrivals="Closed" if closed else "Poisson" if isinstance(arrivals, Poisson) else "Constant",
        rate=None if isinstance(arrivals, Closed) else arrivals.rate,
        concurrency=arrivals.clients if isinstance(arrivals, Closed) else None,
        api=what.api,
        stream=what.stream,
        scenarios=shares,
        shared_prefix_words=what.shared_prefix,
        emotions=[*what.variants, *what.emotions],
        warm_up_seconds=how_much.warm_up,
        duration_seconds=how_much.duration,
        requests=how_much.requests,
        timeout_seconds=how_much.timeout,
        seed=how_much.seed,
    )


def _own(own: seen.Cost) -> Own:
    return Own(
        lateness=_delays(own.lateness),
        loop_lag=_delays(own.loop_lag),
        cpu_seconds=own.cpu_seconds,
        cpu_share=own.cpu_share,
        cpu_per_request=own.cpu_per_request if math.isfinite(own.cpu_per_request) else 0.0,
        connections=own.connections,
        most_in_flight=own.most_in_flight,
        bottleneck=own.bottleneck,
    )


def _delays(spread: seen.Spread) -> Delays:
    p50, p95, p99, longest = (
        value if math.isfinite(value) else None for value in (spread.p50, spread.p95, spread.p99, spread.longest)
    )
    return Delays(p50=p50, p95=p95, p99=p99, max=longest)
