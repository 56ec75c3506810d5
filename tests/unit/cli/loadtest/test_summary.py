"""What a run comes to: percentiles, rates, refusals apart from errors, goodput, assertions, objectives."""

from __future__ import annotations

from math import nan

import pytest
from tests.unit.cli.loadtest.runs import Recording

from modelserver_operator.cli.loadtest.capacity.meeting import missed
from modelserver_operator.cli.loadtest.generating.recorded import Outcome, Recorded
from modelserver_operator.cli.loadtest.reporting.asserting import held
from modelserver_operator.cli.loadtest.reporting.intervals import of_percentile
from modelserver_operator.cli.loadtest.reporting.summary import summaries
from modelserver_operator.cli.loadtest.reporting.timeline import timeline
from modelserver_operator.cli.loadtest.wanted.claims import parse


def hundred() -> Recording:
    """A request each tenth of a second, which takes 10, 20, … 1000 ms."""
    run = Recording(10.0)
    for number in range(100):
        run.answered(number / 10, (number + 1) / 100, ttft=(number + 1) / 1000)
    return run


def mixed() -> Recorded:
    """Half of it answered, three in ten refused, two in ten failed."""
    run = Recording(10.0, "short", "long")
    for number in range(10):
        run.answered(number, 0.5, scenario="long" if number % 2 else "short")
    for number in range(6):
        run.not_answered(Outcome.REFUSED, "429 waiting_line_full", number, retry_after=1.0 + number if number else nan)
    run.not_answered(Outcome.FAILED, "500 internal", 1.0)
    run.not_answered(Outcome.CUT, "cut", 2.0)
    run.not_answered(Outcome.UNCONNECTED, "connection refused", 3.0)
    run.not_answered(Outcome.TIMED_OUT, "timed out", 4.0)
    return run.recorded


def test_percentiles_are_those_of_nearest_rank() -> None:
    overall, scenarios = summaries(hundred().recorded, ())
    assert overall.e2e
    assert overall.ttft
    told = (overall.e2e.p50, overall.e2e.p90, overall.e2e.p95, overall.e2e.p99, overall.e2e.mean)
    assert [figure.value for figure in told] == pytest.approx([0.50, 0.90, 0.95, 0.99, 0.505])
    assert overall.e2e.max == pytest.approx(1.0)
    assert overall.ttft.p95.value == pytest.approx(0.095)
    assert scenarios == {"short": overall}


def test_an_interval_holds_its_figure() -> None:
    overall, _ = summaries(hundred().recorded, ())
    assert overall.e2e
    for figure in (overall.e2e.mean, overall.e2e.p50, overall.e2e.p95, overall.requests_per_second):
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low <= figure.value <= figure.high
        assert figure.low < figure.high


@pytest.mark.parametrize(("percent", "number", "is_told"), [(90, 33, False), (90, 200, True), (99, 200, False)])
def test_a_percentile_whose_end_is_not_seen_has_no_interval(percent: float, number: int, is_told: bool) -> None:
    """Of the 90th percentile of 33 gaps, the upper end may lie above the longest."""
    assert (of_percentile(percent, number, float) is not None) == is_told


def test_refusals_are_no_errors_and_keep_their_retry_after() -> None:
    overall, scenarios = summaries(mixed(), ())
    assert (overall.asked, overall.answered, overall.refused, overall.failed) == (20, 10, 6, 4)
    assert overall.error_share.value == pytest.approx(0.2)
    assert overall.refusal_share.value == pytest.approx(0.3)
    assert overall.errors == {"500 internal": 1, "cut": 1, "connection refused": 1, "timed out": 1}
    (refusals,) = overall.refusals
    assert (refusals.kind, refusals.count, refusals.retry_after) == ("429 waiting_line_full", 6, [2.0, 4.0, 6.0])
    assert (scenarios["short"].asked, scenarios["long"].asked) == (15, 5)


def test_what_is_no_stream_has_no_first_token() -> None:
    overall, _ = summaries(mixed(), ())
    assert (overall.ttft, overall.itl) == (None, None)
    assert overall.tokens_out == 100


def test_goodput_counts_what_keeps_every_objective() -> None:
    objectives = [parse("e2e.p95<505ms"), parse("ttft.p95<40.5ms")]
    overall, _ = summaries(hundred().recorded, objectives)
    assert overall.goodput
    assert overall.goodput.requests == 40
    assert overall.goodput.share.value == pytest.approx(0.4)
    assert summaries(hundred().recorded, ())[0].goodput is None


def test_requests_of_a_count_are_counted_to_the_last_end() -> None:
    run = Recording(1.0)
    for number in range(10):
        run.answered(number / 10, 1.1)
    assert summaries(run.recorded, ())[0].requests_per_second.value == 0
    assert summaries(run.recorded, (), by_count=True)[0].requests_per_second.value == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("text", "holds", "said"),
    [
        ("e2e.p50<600ms", True, "500 ms"),
        ("e2e.p50<400ms", False, "500 ms"),
        ("long.e2e.max<=500ms", True, "500 ms"),
        ("errors<20%", False, "20.0 %"),
        ("errors<=4", True, "4"),
        ("long.errors<=0", True, "0"),
        ("refusals<=5", False, "6"),
        ("rps>=1", True, "1.00/s"),
        ("tokens>=11", False, "10.0/s"),
        ("ttft.p50<1s", False, "nothing was measured"),
    ],
)
def test_an_assertion_is_told_with_its_figure(text: str, holds: bool, said: str) -> None:
    (found,) = held([parse(text)], *summaries(mixed(), ()))
    assert (found.text, found.holds, found.said) == (text, holds, said)


def test_who_is_refused_was_not_served_in_time() -> None:
    """Of twenty requests ten were answered, all in half a second: the 45th percentile of all that were asked."""
    found = summaries(mixed(), ())
    assert missed([parse("e2e.p45<1s")], *found) == ""
    assert missed([parse("e2e.p45<400ms")], *found) == "e2e.p45<400ms: 500 ms"
    assert missed([parse("e2e.p95<1s")], *found) == "e2e.p95<1s: too few were answered"


@pytest.mark.parametrize("number", [272, 3637])
def test_a_percentile_of_what_was_all_answered_is_itself(number: int) -> None:
    """99.9 * 3637 / 3637 is a little more than 99.9."""
    run = Recording(10.0)
    for place in range(number):
        run.answered(place / number * 10, 5.0 if place == 7 else 0.5)
    found = summaries(run.recorded, ())
    assert missed([parse(f"e2e.p{99.9 if number > 1000 else 99.5}<1s")], *found) == ""


def test_the_timeline_has_every_request_once() -> None:
    line = timeline(mixed())
    assert line.slice_seconds == 0.5
    assert sum(each.asked for each in line.moments) == 20
    assert [sum(getattr(each, name) for each in line.moments) for name in ("answered", "refused", "failed")] == [
        10,
        6,
        4,
    ]
    assert line.moments[-1].in_flight == 0
    assert line.moments[0].in_flight == 1
