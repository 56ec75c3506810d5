"""What `top` makes of scrapes: differences, restarts, sums over pods, percentiles. Nothing is asked."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from modelserver_operator.cli.top.counts import Growth, added, grown, together
from modelserver_operator.cli.top.quantile import of_buckets, quantile
from modelserver_operator.cli.top.scrape import E2E, QUERY, REQUESTS, Counts, Scrape, UnreadableError, parsed
from modelserver_operator.cli.top.watched import WINDOW_SECONDS, Watched

INF = math.inf
ANSWERED = (REQUESTS, "demo", "answered")


def scrape(count: float, started: float = 1.0) -> Scrape:
    return Scrape("serving", 0, 0, started, counts={ANSWERED: count})


def exposed(**more: float) -> str:
    """As a runtime says it, with others' metrics around."""
    registry = CollectorRegistry()
    Gauge("modelserver_state", "s", ["state"], registry=registry).labels("serving").set(1)
    Gauge("modelserver_running_requests", "r", registry=registry).set(3)
    Gauge("modelserver_waiting_requests", "w", registry=registry).set(more.get("waiting", 0))
    Gauge("process_start_time_seconds", "p", registry=registry).set(17)
    Counter("modelserver_requests", "q", ["model", "outcome"], registry=registry).labels("demo", "answered").inc(5)
    tokens = Counter("vllm:generation_tokens", "t", ["engine"], registry=registry)
    for engine in ("0", "1"):
        tokens.labels(engine).inc(40)
    Histogram("modelserver_request_seconds", "e", ["model"], buckets=(1, 2), registry=registry).labels("demo").observe(
        1
    )
    Counter("modelserver_requests_admitted", "not shown", registry=registry).inc()
    return generate_latest(registry).decode()


def test_a_scrape_is_reduced_to_what_is_shown() -> None:
    found = parsed(exposed(waiting=2))
    assert (found.state, found.running, found.waiting, found.started) == ("serving", 3, 2, 17)
    assert found.cache is None
    assert found.counts == {
        ANSWERED: 5,
        ("vllm:generation_tokens_total",): 80,
        (E2E, "demo", "1.0"): 1,
        (E2E, "demo", "2.0"): 1,
        (E2E, "demo", "+Inf"): 1,
    }


@pytest.mark.parametrize("text", ["", "<html>", "modelserver_running_requests nothing", 'modelserver_state{state="x'])
def test_what_is_no_scrape_of_a_runtime_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError):
        parsed(text)


def test_the_query_asks_for_names_as_they_stand_in_samples() -> None:
    assert ("name[]", E2E) in QUERY
    assert {key for key, _ in QUERY} == {"name[]"}


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (scrape(5), scrape(9), 4),
        (scrape(5), scrape(5), 0),
        (scrape(5), scrape(2), 2),  # it counts from zero again
        (scrape(5), scrape(9, started=2), 9),  # a new process that has overtaken the old one
        (Scrape("starting", 0, 0, 1.0), scrape(3), 3),  # a series that begins is counted from zero
    ],
)
def test_what_was_counted_between_two_looks(before: Scrape, now: Scrape, expected: float) -> None:
    assert grown(before, now) == {ANSWERED: expected}


def test_figures_of_pods_are_added_and_told_apart_by_label() -> None:
    one = Growth(10, {ANSWERED: 3, (REQUESTS, "demo", "failed"): 1})
    other = Growth(4, {ANSWERED: 2, (REQUESTS, "grave", "answered"): 7, (REQUESTS, "idle", "answered"): 0})
    both = together([one, other])
    assert (both.seconds, both.total(REQUESTS), both.rate(REQUESTS, "demo")) == (10, 13, 0.6)
    assert both.by(REQUESTS, 0) == {"grave": 7, "demo": 6}
    assert both.by(REQUESTS, 1, "demo") == {"answered": 5, "failed": 1}
    assert (Growth().rate(REQUESTS), added([])) == (None, {})


def test_only_the_last_minute_counts() -> None:
    watched = Watched(scrape(0), at=0.0)
    for second in range(10, 110, 10):
        watched.seen(scrape(second), second)
    assert watched.growth.seconds == WINDOW_SECONDS
    assert watched.growth.total(REQUESTS) == WINDOW_SECONDS  # one a second
    assert (watched.latest.seconds, watched.latest.total(REQUESTS)) == (10, 10)


def test_a_look_after_a_long_silence_counts_all_of_it() -> None:
    watched = Watched(scrape(0), at=0.0)
    watched.seen(scrape(600), 300.0)
    assert watched.growth.rate(REQUESTS) == 2


@pytest.mark.parametrize(
    ("share", "buckets", "expected"),
    [
        (0.5, {1.0: 0, 2.0: 10, INF: 10}, 1.5),  # evenly within the bucket, from its lower bound
        (0.95, {1.0: 10, 2.0: 10, INF: 10}, 0.95),  # from 0 in the first
        (0.5, {1.0: 4, 2.0: 4, 4.0: 8, INF: 8}, 1.0),  # the bucket that ends at the rank
        (0.95, {1.0: 0, INF: 10}, 1.0),  # beyond the highest bound nothing is known
        (0.5, {1.0: 0, 2.0: 0, INF: 0}, None),
        (0.5, {}, None),
        (0.5, {1.0: 10, 1.5: 4, 2.0: 10, INF: 10}, 0.5),  # 1.5 is a bound of some pods only
    ],
)
def test_percentiles_come_from_buckets(share: float, buckets: dict[float, float], expected: float | None) -> None:
    assert of_buckets(share, buckets) == pytest.approx(expected)


def test_percentiles_lie_in_the_bucket_of_the_true_value() -> None:
    """Against the values themselves, however they are spread over two pods."""
    draw, bounds = random.Random(9), (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, INF)
    for _ in range(50):
        values = sorted(draw.expovariate(2) for _ in range(draw.randint(1, 200)))
        counts = [_buckets(pod, bounds) for pod in (values[::2], values[1::2])]
        found = quantile(0.95, together(Growth(1, each) for each in counts), E2E)
        true = values[math.ceil(0.95 * len(values)) - 1]
        above = min(bound for bound in bounds if bound >= true)
        below = max((bound for bound in bounds if bound < true), default=0.0)
        assert found is not None
        assert below <= found <= (above if above < INF else 5.0)


def _buckets(values: Sequence[float], bounds: Sequence[float]) -> Counts:
    return {
        (E2E, "demo", "+Inf" if bound == INF else str(bound)): sum(value <= bound for value in values)
        for bound in bounds
    }
