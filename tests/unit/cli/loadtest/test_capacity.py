"""The search for the largest rate, when its runs are ended early, and what is proposed from it."""

from __future__ import annotations

from dataclasses import replace
from math import nan

import pytest
import yaml
from tests.unit.cli.loadtest.runs import Recording

from modelserver_operator.cli.loadtest.capacity.meeting import piled_up
from modelserver_operator.cli.loadtest.capacity.overload import Overload
from modelserver_operator.cli.loadtest.capacity.proposing import proposal
from modelserver_operator.cli.loadtest.capacity.search import Search
from modelserver_operator.cli.loadtest.generating.recorded import Progress, Spread
from modelserver_operator.cli.loadtest.reporting.summary import summaries
from modelserver_operator.cli.loadtest.wanted.claims import parse

NONE = Spread(nan, nan, nan, 0.0)
START = Progress(0.0, False, 0, 0, 0, 0, 0, 0, 0.0, 0.0, NONE, NONE)


def looked_for(capacity: float, search: Search) -> list[float]:
    """The rates that are tried of a server that can do so much and no more."""
    tried = []
    while (rate := search.next()) is not None:
        tried.append(rate)
        search.tell(rate, met=rate <= capacity)
        assert len(tried) < 60
    return tried


@pytest.mark.parametrize("capacity", [0.03, 0.7, 1.0, 3.3, 30.0, 47.5, 900.0])
@pytest.mark.parametrize("near", [1.05, 1.25])
def test_what_is_found_is_met_and_near_to_what_is_too_much(capacity: float, near: float) -> None:
    search = Search(1.0, 10_000.0, near)
    looked_for(capacity, search)
    assert search.best is not None
    assert search.too_much is not None
    assert search.best <= capacity < search.too_much
    assert search.too_much / search.best <= near


def test_what_is_found_was_met_twice_and_what_was_missed_is_tried_again() -> None:
    search = Search(1.0, 10_000.0, 1.05)
    tried = looked_for(30.0, search)
    assert search.best is not None
    assert tried.count(search.best) == 2
    assert tried.count(32.0) == 2


def test_a_single_miss_is_forgiven() -> None:
    search = Search(8.0, 8.0, 1.05)
    search.tell(8.0, met=False)
    assert search.next() == 8.0
    search.tell(8.0, met=True)
    search.tell(8.0, met=True)
    assert (search.next(), search.best, search.too_much) == (None, 8.0, None)


def test_a_server_that_meets_the_objectives_at_no_rate_is_given_up() -> None:
    search = Search(1.0, 100.0, 1.05)
    looked_for(0.0, search)
    assert search.best is None


def test_no_smaller_rate_is_tried_than_says_something() -> None:
    search = Search(8.0, 100.0, 1.05, least=1.5)
    assert looked_for(0.0, search) == [8.0, 8.0, 4.0, 4.0, 2.0, 2.0]


def test_no_larger_rate_is_tried_than_allowed() -> None:
    search = Search(1.0, 50.0, 1.05)
    assert max(looked_for(1000.0, search)) == 50.0
    assert (search.best, search.too_much) == (50.0, None)


def progress(elapsed: float, begun: int, ended: int, took: float = 0.2) -> Progress:
    whole = Spread(took, took, took, took)
    return replace(START, elapsed=elapsed, begun=begun, ended=ended, in_flight=begun - ended, whole=whole)


def test_a_line_that_only_grows_ends_the_run() -> None:
    overload = Overload([parse("ttft.p95<1s")], planned=1000)
    assert [overload.told(progress(t, 100 * t, 60 * t)) for t in (1, 2)] == ["", "the line only grew"]


def test_a_line_that_fills_for_as_long_as_answers_take_does_not_grow() -> None:
    overload = Overload([parse("e2e.p95<60s")], planned=1000)
    assert overload.told(replace(progress(5, 50, 0), whole=NONE)) == ""
    assert [overload.told(progress(t, 10 * t, 10 * (t - 10), took=10.0)) for t in (11, 15, 31, 40)] == [""] * 4


def test_a_run_whose_objective_cannot_be_met_any_more_is_ended() -> None:
    overload = Overload([parse("e2e.p90<2s")], planned=100)
    told = [overload.told(progress(t, 10 * t, 2, took=9.0)) for t in (1, 2, 3, 4)]
    assert told == ["", "", "", "too many answers took too long already"]


def test_a_server_that_stands_still_in_the_warm_up_is_not_judged_by_that() -> None:
    """Forty a second: for four seconds nothing ends, then sixty a second until nothing waits any more."""
    overload = Overload([parse("e2e.p95<1s")], planned=400)
    seen = [progress(t, 40 * t, min(40 * t, max(0, 60 * (t - 4)))) for t in range(1, 18)]
    assert [overload.told(replace(each, warming_up=each.elapsed <= 8)) for each in seen] == [""] * 17
    unlike = Overload([parse("e2e.p95<1s")], planned=400)
    assert "the line only grew" in [unlike.told(each) for each in seen]


def test_requests_that_pile_up_are_seen_before_latencies_are_bad() -> None:
    """Of twenty a second sixteen are answered; at as many as it can do the last ones only are still open."""
    slow, quick = Recording(10.0), Recording(10.0)
    for number in range(200):
        slow.answered(number / 20, 0.2 + number / 80)
        quick.answered(number / 20, 0.2)
    assert [piled_up(summaries(run.recorded, ())[0], 10.0, 3.0) for run in (slow, quick)] == ["the line only grew", ""]
    assert piled_up(summaries(slow.recorded, ())[0], 10.0, 0.1) == ""


def test_what_came_by_chance_is_known_and_no_excuse_for_a_line_that_grows() -> None:
    """Of 143 requests 121 are answered: less than twice the deviation of 143 arrivals, but these are all counted."""
    run = Recording(6.0)
    for number in range(143):
        run.answered(number / 23.8, 0.4 + number / 21.5 - number / 23.8)
    overall, _ = summaries(run.recorded, ())
    assert overall.requests_per_second.value * 6 == pytest.approx(121)
    assert piled_up(overall, 6.0, 1.0) == "the line only grew"


def test_little_s_law_gives_the_target() -> None:
    run = Recording(10.0)
    for number in range(200):
        run.answered(number / 20, 0.4)
    overall, _ = summaries(run.recorded, ())
    found = proposal(overall, 2, 2)
    assert found
    assert found.unfinished_at_capacity == pytest.approx(20 * 0.4, rel=0.05)
    assert found.target_unfinished_requests == 2  # three quarters of about 3.9 of a pod
    assert yaml.safe_load(found.manifest) == {"spec": {"autoscaling": {"targetUnfinishedRequests": 2}}}
    assert "With 2 ready pods that is 3." in found.why[1]


def test_a_number_of_pods_that_is_not_known_or_changes_is_told() -> None:
    run = Recording(10.0)
    run.answered(1.0, 0.4)
    overall, _ = summaries(run.recorded, ())
    unknown, changed = proposal(overall, None, None), proposal(overall, 1, 3)
    assert unknown
    assert changed
    assert "How many pods there are is not known" in unknown.why[1]
    assert "There were 1 ready pods at first and 3 in the end" in changed.why[2]
    assert unknown.target_unfinished_requests == 1
    assert proposal(summaries(Recording().recorded, ())[0], 1, 1) is None
