"""When a field is contested; the test turns the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from modelserver_operator.fields import Path
from modelserver_operator.repairs import REPAIRS, WHOLE, WITHIN, Repair, Repairs

START = datetime(2026, 1, 1, tzinfo=UTC)
IMAGE, REPLICAS = ("f:spec", "f:image"), ("f:spec", "f:replicas")
BOTH = (IMAGE, REPLICAS)
MINUTE = timedelta(minutes=1)


def fought(path: tuple[str, ...] = IMAGE, times: int = REPAIRS, place: str = "a") -> Repairs:
    """A repair of the field at each minute from START on."""
    repairs = Repairs()
    for minute in range(times):
        repairs.note(place, {path: "tuner"}, START + minute * MINUTE)
    return repairs


def test_four_repairs_are_no_contest() -> None:
    assert fought(times=REPAIRS - 1).contest("a", BOTH, START + 4 * MINUTE) is None


def test_five_are_and_the_contest_names_field_and_writer() -> None:
    contest = fought().contest("a", BOTH, START + 4 * MINUTE)
    assert contest is not None
    assert (contest.path, contest.manager) == (IMAGE, "tuner")
    assert contest.until == START + WITHIN


def test_it_is_over_when_the_first_of_the_five_is_ten_minutes_old() -> None:
    repairs = fought()
    assert repairs.contest("a", BOTH, START + WITHIN - timedelta(seconds=1))
    assert repairs.contest("a", BOTH, START + WITHIN) is None
    repairs.note("a", {IMAGE: "tuner"}, START + WITHIN)
    contest = repairs.contest("a", BOTH, START + WITHIN)
    assert contest is not None
    assert contest.until == START + MINUTE + WITHIN


def test_different_fields_are_counted_apart() -> None:
    repairs = fought(times=4)
    repairs.note("a", {REPLICAS: "kubectl"}, START)
    assert repairs.contest("a", BOTH, START) is None


def test_a_contest_is_none_where_only_another_field_is_not_as_wished() -> None:
    """Who fought has given up, or has what it wants: what others change is put back as ever."""
    assert fought().contest("a", [REPLICAS], START) is None
    assert fought().contest("a", [REPLICAS, IMAGE], START)


def test_each_field_has_a_writer_of_its_own() -> None:
    repairs = Repairs()
    for _ in range(REPAIRS):
        repairs.note("a", {IMAGE: "tuner", REPLICAS: "kubectl"}, START)
    found = [repairs.contest("a", [path], START) for path in BOTH]
    assert [contest and contest.manager for contest in found] == ["tuner", "kubectl"]


def test_different_objects_are_counted_apart() -> None:
    repairs = fought(place="b")
    assert repairs.contest("a", BOTH, START) is None
    assert repairs.contested(START) == 1


def test_a_deleted_object_is_a_field_like_any_other() -> None:
    contest = fought(WHOLE).contest("a", [WHOLE], START)
    assert contest is not None
    assert contest.path == WHOLE


def test_a_new_wish_starts_from_zero() -> None:
    repairs = fought()
    repairs.forget("a")
    repairs.forget("never seen")
    assert repairs.contest("a", BOTH, START) is None
    assert repairs.contested(START) == 0


def test_all_repairs_are_counted_for_the_metrics() -> None:
    repairs = fought(times=3)
    repairs.forget("a")
    assert repairs.total == 3


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({IMAGE: "tuner"}, "spec.image of Deployment demo was changed by tuner and is put back."),
        ({IMAGE: ""}, "spec.image of Deployment demo was changed by somebody and is put back."),
        (
            {REPLICAS: "a", IMAGE: "b"},
            "spec.replicas of Deployment demo was changed by a and is put back, as is 1 more of its fields.",
        ),
        ({WHOLE: ""}, "Deployment demo was deleted and is made again."),
    ],
)
def test_a_repair_says_what_was_done_by_whom(changed: dict[Path, str], said: str) -> None:
    assert str(Repair("Deployment demo", changed)) == said
