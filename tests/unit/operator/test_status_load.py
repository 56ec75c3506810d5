"""What the pods of one server count for together: one line for each rule."""

from typing import Any

import pytest

from modelserver_operator.status import Mute
from modelserver_operator.status.load import FRESH_SECONDS, MOST, OTHER_RUNTIME, Load, Reading, summed, unfinished

TARGET, NOW = 10, 1_000_000.0
SILENT = Mute("10.0.0.1:9000 does not answer within 2 s")
LATE = FRESH_SECONDS + 0.001


def pod(last: int | None = None, age: float = 1.0, **more: Any) -> Reading:
    """One that is Ready and was asked a second ago."""
    known: dict[str, Any] = {"pod": "demo-1", "ready": True, "was_ready": True, "last": last, "age": age}
    return Reading(**known | more)


def silent(last: int | None = None, age: float = 4.0, **more: Any) -> Reading:
    return pod(last, age, silence=SILENT, **more)


def loading(**more: Any) -> Reading:
    """Was never Ready."""
    return pod(ready=False, was_ready=False, **more)


READ = pod(3)
ENDING = {"ready": False, "terminating": True}


@pytest.mark.parametrize(
    ("pods", "expected", "assumed"),
    [
        ([], 0, 0),
        ([pod(4), pod(5)], 9, 0),
        # What answers counts, Ready or not.
        ([loading(last=2)], 2, 0),
        ([pod(2, ready=False)], 2, 0),
        ([pod(7, **ENDING)], 7, 0),
        ([pod(7, terminating=True)], 7, 0),
        # Ends, and does not answer.
        ([READ, silent(7, FRESH_SECONDS, **ENDING)], 10, 0),
        ([READ, silent(7, LATE, **ENDING)], 3, 0),
        ([READ, silent(**ENDING)], 3, 0),
        ([READ, silent(7, terminating=True)], 10, 0),
        ([silent(7, **ENDING)], 7, 0),
        ([silent(7, LATE, **ENDING)], 0, 0),
        ([silent(7, terminating=True)], 7, 0),
        ([pod(**ENDING)], 0, 0),
        # Ready, and does not answer.
        ([READ, silent(4)], 13, 1),
        ([READ, silent(25)], 28, 1),
        ([READ, silent(25, 3600)], 28, 1),
        ([READ, silent()], 13, 1),
        ([READ, pod(25, LATE)], 28, 1),
        ([READ, silent(), silent(40), silent(1)], 63, 3),
        # Not Ready, but read lately.
        ([READ, silent(4, FRESH_SECONDS, ready=False)], 13, 1),
        ([READ, silent(40, FRESH_SECONDS, ready=False)], 43, 1),
        ([READ, silent(40, LATE, ready=False)], 3, 0),
        # Never was Ready: pending is not load, and one that loads its model may be silent for long.
        ([READ, loading(last=0, silence=SILENT)], 3, 0),
        ([READ, loading(last=40, silence=SILENT)], 43, 0),
        ([READ, loading(last=40, age=LATE, silence=SILENT)], 3, 0),
        ([loading(last=0, silence=SILENT)], 0, 0),
        ([READ, loading(silence=SILENT)], 3, 0),
        ([READ, loading()], 3, 0),
        ([loading(silence=SILENT), loading()], 0, 0),
        # Became Ready a moment ago.
        ([READ, pod(new=True)], 3, 0),
        ([pod(new=True)], 0, 0),
        ([READ, pod(new=True, ready=False)], 3, 0),
        # One bad pod never stops scaling, and one that answers is enough, be it on its way.
        ([silent(4), pod(0, ready=False, was_ready=False)], 10, 1),
        ([silent(4), pod(5, **ENDING)], 15, 1),
    ],
)
def test_the_sum(pods: list[Reading], expected: int, assumed: int) -> None:
    found = summed(pods, TARGET, NOW)
    assert (found.unfinished, found.assumed, found.pods, found.target, found.why) == (
        expected,
        assumed,
        len(pods),
        TARGET,
        "",
    )


@pytest.mark.parametrize(
    ("pods", "why"),
    [
        ([silent(4)], f"pod demo-1 does not say how many requests it has: {SILENT.why}"),
        (
            [silent(), loading(silence=SILENT)],
            f"pod demo-1 does not say how many requests it has: {SILENT.why}",
        ),
        ([silent(), silent(9, **ENDING)], "pod demo-1 does not say how many requests it has:"),
        ([silent(4, 3600, ready=False)], "pod demo-1 does not say how many requests it has:"),
        ([loading(last=4, age=3600, silence=SILENT)], "pod demo-1 does not say how many requests it has:"),
        ([silent(None, ready=False)], "pod demo-1 does not say how many requests it has:"),
        ([pod(4, 42.0)], "pod demo-1 does not say how many requests it has: it was not asked for long"),
        ([silent(), silent(pod="demo-2")], f"none of 2 pods says how many requests it has; pod demo-1: {SILENT.why}"),
        ([pod(pod="demo-2")], "pod demo-2 was not asked yet"),
        ([READ, pod(pod="demo-2")], "pod demo-2 was not asked yet"),
        ([silent(4), pod(pod="demo-2", new=True)], "pod demo-1 does not say how many requests it has:"),
    ],
)
def test_where_nothing_is_known_there_is_no_sum(pods: list[Reading], why: str) -> None:
    found = summed(pods, TARGET, NOW)
    assert (found.unfinished, found.taken, found.pods) == (None, None, len(pods))
    assert why in found.why


@pytest.mark.parametrize(
    ("pods", "taken"),
    [
        ([], None),
        ([loading()], None),
        ([pod(1, 0.5), pod(2, 1.5)], NOW - 1.5),
        ([pod(1, 0.5), silent(7, 8.0, **ENDING)], NOW - 8),
        ([pod(1, 0.5), silent(7, 8.0)], NOW - 0.5),
        ([pod(1, 0.5), silent(7, LATE, **ENDING)], NOW - 0.5),
    ],
)
def test_it_is_as_old_as_the_oldest_answer_that_counts(pods: list[Reading], taken: float | None) -> None:
    assert summed(pods, TARGET, NOW).taken == taken


def test_a_pod_at_its_target_is_assumed_of_silent_ones_and_never_more_without_reason() -> None:
    """Or a moment's silence of an idle server would add pods."""
    pods = [pod(0), silent(0), silent(0), silent(0)]
    assert summed(pods, TARGET, NOW) == Load(3 * TARGET, TARGET, pods=4, assumed=3, taken=NOW - 1)


@pytest.mark.parametrize("number", [0, 1, MOST])
def test_a_pod_says_how_many_requests_it_has(number: int) -> None:
    assert unfinished({"requests": {"running": 0, "unfinished": number}}) == number


@pytest.mark.parametrize("number", [-1, MOST + 1, True, 1.0, "1", None, [1]])
def test_what_is_no_number_of_requests_is_told_as_that(number: object) -> None:
    assert unfinished({"requests": {"unfinished": number}}) == Mute(OTHER_RUNTIME)


@pytest.mark.parametrize("stats", [{}, {"requests": None}, {"requests": {}}, {"requests": [1]}])
def test_an_older_runtime_says_nothing_of_it(stats: dict[str, Any]) -> None:
    assert unfinished(stats) == Mute(OTHER_RUNTIME)
