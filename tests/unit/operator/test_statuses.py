"""When a status is left to somebody else who writes it, too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from modelserver_operator.repairs import REPAIRS, WITHIN
from modelserver_operator.statuses import Statuses

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SERVER = ("team", "demo")


def said(message: str, *, generation: int = 1, second: int = 0) -> dict[str, Any]:
    """A status with one condition."""
    condition = {"type": "Ready", "message": message, "lastTransitionTime": f"2026-01-01T00:00:{second:02}Z"}
    return {"observedGeneration": generation, "conditions": [condition]}


def write(statuses: Statuses, found: dict[str, Any], wanted: dict[str, Any], now: datetime = NOW) -> bool:
    """Write what is wanted over what was found, unless it is to be left."""
    if statuses.contest(SERVER, found, wanted, now):
        return False
    statuses.stands(SERVER, wanted)
    return True


def fought(times: int = REPAIRS) -> Statuses:
    """Ours is written, and so many times written again over another's; the times of its conditions change with it."""
    statuses = Statuses()
    statuses.stands(SERVER, said("ours"))
    for second in range(times):
        assert write(statuses, said("theirs", second=second), said("ours", second=second + 1))
    return statuses


def test_what_is_overwritten_five_times_is_left_for_the_rest_of_ten_minutes() -> None:
    statuses = fought()
    assert not write(statuses, said("theirs"), said("ours"))
    contest = statuses.contest(SERVER, said("theirs"), said("something else"), NOW + WITHIN - timedelta(seconds=1))
    assert contest
    assert contest.until == NOW + WITHIN
    assert write(statuses, said("theirs"), said("ours"), NOW + WITHIN)


def test_four_times_are_put_back() -> None:
    assert write(fought(REPAIRS - 1), said("theirs"), said("ours"))


def test_another_spec_begins_anew() -> None:
    statuses = fought()
    assert write(statuses, said("theirs"), said("ours", generation=2))
    assert write(statuses, said("theirs"), said("ours", generation=2))


def test_a_server_that_is_gone_is_forgotten() -> None:
    statuses = fought()
    statuses.forget(SERVER)
    assert write(statuses, said("theirs"), said("ours"))


def test_what_nobody_else_has_written_changes_as_often_as_it_must() -> None:
    """Such as the status of a server whose pod answers and does not, again and again."""
    statuses = Statuses()
    found: dict[str, Any] = {}
    for message in ("up", "down") * 2 * REPAIRS:
        assert write(statuses, found, said(message))
        found = said(message)


def test_two_who_say_the_same_one_after_the_other_do_not_fight() -> None:
    """The other was faster each time, and has what is ours now as what it says, or will have."""
    statuses = Statuses()
    statuses.stands(SERVER, said("0 of 9"))
    for number in range(1, 2 * REPAIRS):
        assert write(statuses, said(f"{number - 1} of 9", second=1), said(f"{number} of 9"))


def test_two_statuses_that_take_turns_in_each_pass_are_a_fight_too() -> None:
    statuses = Statuses()
    written = []
    for _ in range(2 * REPAIRS):
        written += [write(statuses, said("theirs"), said("before")), write(statuses, said("before"), said("after"))]
    assert not all(written[-2:])
    assert sum(written) <= 2 * (REPAIRS + 1)
