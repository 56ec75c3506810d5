"""Who needs a turn, and whose it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from modelserver_operator.rolls import Rolls, holds_turn, is_whole, needs_turn, rolls_nothing

WHOLE = {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}


def server(**status: Any) -> dict[str, Any]:
    """A server of generation 3 that its status is about."""
    return {"metadata": {"generation": 3}, "status": {"observedGeneration": 3} | status}


def deployment(**status: int) -> dict[str, Any]:
    """Two pods, both new and serving, but for the changes."""
    return {"metadata": {"generation": 2}, "spec": {"replicas": 2}, "status": WHOLE | status}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({}, True),
        ({"observedGeneration": 1}, False),
        ({"updatedReplicas": 1}, False),
        ({"availableReplicas": 1}, False),
        ({"replicas": 3}, False),
    ],
)
def test_whole_is_all_pods_new_and_serving(status: dict[str, int], expected: bool) -> None:
    assert is_whole(deployment(**status), [], 2) is expected


@pytest.mark.parametrize(
    ("status", "least", "expected"),
    [
        ({"replicas": 8, "updatedReplicas": 8, "availableReplicas": 6}, 2, True),  # there is no room for two
        ({"replicas": 8, "updatedReplicas": 8, "availableReplicas": 1}, 2, False),
        ({"replicas": 8, "updatedReplicas": 7, "availableReplicas": 7}, 2, False),  # one is of the former template
        ({"replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}, 12, False),
        ({"replicas": 8, "updatedReplicas": 8, "availableReplicas": 8}, 12, True),  # more are not asked for yet
    ],
)
def test_a_turn_ends_though_a_scaler_wants_more_than_there_is_room_for(
    status: dict[str, int], least: int, expected: bool
) -> None:
    assert is_whole(deployment(**status) | {"spec": {"replicas": 8}}, [], least) is expected


NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def silent(minutes: int, kind: str = "Available", status: str = "False") -> dict[str, Any]:
    """A server whose condition has been so for some minutes."""
    since = (NOW - timedelta(minutes=minutes)).isoformat()
    return server(conditions=[{"type": kind, "status": status, "lastTransitionTime": since}])


@pytest.mark.parametrize(
    ("seen", "made"),
    [
        (server(classGeneration=1), deployment()),
        (server(), deployment()),  # whatever the status says of the class: it may have been made anew, or refused once
        (server(), deployment(availableReplicas=1)),  # one of two pods serves
        (server(), deployment(replicas=3, updatedReplicas=1)),  # while it is rolled
        (server(observedGeneration=2), deployment()),  # what has changed in the spec is not asked of the pods
        (server(), deployment(availableReplicas=0)),  # a moment without a pod
        (silent(4), deployment(availableReplicas=0)),
        (silent(60, status="True"), deployment()),
        (silent(60, kind="Ready"), deployment()),  # Ready can be False while all pods answer
        ({"metadata": {"generation": 1}}, deployment()),  # its status was lost
    ],
)
def test_what_would_roll_though_it_has_not_asked_needs_a_turn(seen: Any, made: Any) -> None:
    assert needs_turn(seen, made, alike=False, asked=False, now=NOW)


@pytest.mark.parametrize(
    ("seen", "made", "alike", "asked"),
    [
        (server(), deployment(), True, False),  # the template stays
        (server(), deployment(), False, True),  # the user asks for other pods
        (silent(5), deployment(availableReplicas=0), False, False),  # nothing has served for long
        (server(), None, False, False),  # nothing runs
    ],
)
def test_others_need_none(seen: Any, made: Any, alike: bool, asked: bool) -> None:
    assert not needs_turn(seen, made, alike=alike, asked=asked, now=NOW)


def test_the_status_says_who_holds_a_turn() -> None:
    assert holds_turn(server(classRollout={"generation": 2}))
    assert not holds_turn(server())
    assert not holds_turn({"metadata": {}})


class Line:
    """Rolls whose calls to wake are kept."""

    def __init__(self, *holders: tuple[str, str]) -> None:
        self.woken: list[str] = []
        self.rolls = Rolls[str](self.woken.append)
        self.rolls.seed(holders)

    def ask(self, *keys: str, limit: int = 1, class_name: str = "gpu") -> list[bool]:
        return [self.rolls.ask(key, class_name, limit) for key in keys]


def test_one_at_a_time_and_the_next_in_line_is_woken() -> None:
    line = Line()
    assert line.ask("a", "b", "c") == [True, False, False]
    line.rolls.leave("a")
    assert line.woken == ["b"]
    assert line.ask("c", "b") == [True, False]  # whoever comes first; the line only says whom to wake
    line.rolls.leave("c")
    assert line.woken == ["b", "b"]


def test_a_turn_is_kept_until_it_is_left() -> None:
    line = Line()
    assert line.ask("a", "a", "b", "a") == [True, True, False, True]
    assert line.rolls.rolling("gpu") == ["a"]


def test_as_many_as_the_class_says() -> None:
    line = Line()
    assert line.ask("a", "b", "c", limit=2) == [True, True, False]


def test_classes_do_not_wait_for_each_other() -> None:
    line = Line()
    assert line.ask("a") == [True]
    assert line.ask("b", class_name="cpu") == [True]


def test_nobody_has_a_turn_before_it_is_known_who_rolls() -> None:
    rolls = Rolls[str](lambda _: None)
    assert not rolls.ask("a", "gpu", 1)
    rolls.seed([("b", "gpu")])
    assert not rolls.ask("a", "gpu", 1)
    assert rolls.ask("b", "gpu", 1)
    rolls.leave("b")
    assert rolls.ask("a", "gpu", 1)


def test_one_that_waits_and_goes_away_leaves_the_line_moving() -> None:
    line = Line()
    line.ask("a", "b", "c")
    line.rolls.leave("a")
    line.rolls.leave("b")  # woken, and it needs no turn any more
    assert line.woken == ["b", "c"]


def test_a_later_list_takes_no_turn_away() -> None:
    line = Line()
    line.ask("a")
    line.rolls.seed([])
    assert line.rolls.rolling("gpu") == ["a"]


def test_one_that_moves_to_another_class_gives_its_turn_back() -> None:
    line = Line(("a", "gpu"))
    assert line.ask("b") == [False]
    assert line.ask("a", class_name="cpu") == [True]
    assert line.woken == ["b"]
    assert line.ask("b") == [True]


@pytest.mark.parametrize(
    ("made", "alike", "expected"),
    [
        (deployment(), False, True),  # as before the attempt
        (deployment(), True, False),  # changed a moment ago, and its controller has yet to see it
        (deployment(updatedReplicas=1), False, False),  # changed twice, the second time in vain
        (None, False, False),
    ],
)
def test_a_turn_is_of_no_use_where_the_deployment_stays(made: Any, alike: bool, expected: bool) -> None:
    assert rolls_nothing(made, [], 2, alike=alike) is expected
