"""Rows of the table are given out step by step: the step's all fit, equal terms share one, the least used one goes."""

import gc

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.examples import ALIKE

from modelserver_runtime.steering.rows import Row, Rows, Terms
from modelserver_runtime.steering.spec import Term

CAPACITY = 3


def terms(number: int) -> Terms:
    return (Term("a" * 64, number),)


def test_equal_terms_are_one_row() -> None:
    rows = Rows(4)
    assert rows.of(terms(1)) is (first := rows.of(terms(1)))
    assert rows.of(terms(2)) is not first


def test_only_what_is_not_in_the_table_is_written() -> None:
    rows = Rows(4)
    one, two = rows.of(terms(1)), rows.of(terms(2))

    assert rows.place([one, one]) == [one]
    assert rows.place([one, two]) == [two]
    assert {one.number, two.number} <= {1, 2, 3}
    assert one.number != two.number


def test_the_row_whose_last_step_is_longest_ago_goes() -> None:
    rows = Rows(3)
    one, two, three = (rows.of(terms(number)) for number in (1, 2, 3))
    rows.place([one])
    rows.place([two])
    rows.place([one])

    assert rows.place([three]) == [three]
    assert (one.number > 0, two.number) == (True, 0)


def test_terms_that_nobody_holds_stay_as_long_as_their_row_is_not_needed() -> None:
    rows = Rows(2)
    rows.place([rows.of(terms(1))])
    gc.collect()

    assert rows.place([rows.of(terms(1))]) == []
    rows.place([rows.of(terms(2))])
    gc.collect()
    assert rows.place([again := rows.of(terms(1))]) == [again]


def test_a_forgotten_row_is_written_again_and_the_others_are_not() -> None:
    rows = Rows(4)
    one, two = rows.of(terms(1)), rows.of(terms(2))
    rows.place([one, two])
    rows.forget(lambda of: of == terms(1))

    assert rows.place([one, two]) == [one]


@ALIKE
@given(st.lists(st.lists(st.integers(1, 7), max_size=CAPACITY), max_size=30))
def test_the_table_always_says_what_the_step_asks(steps: list[list[int]]) -> None:
    """Against a table that is only written where `place` says so."""
    rows, table = Rows(CAPACITY + 1), dict[int, Terms]()
    for step in steps:
        wanted: list[Row] = [rows.of(terms(number)) for number in step]
        for row in rows.place(wanted):
            table[row.number] = row.terms
        assert [table.get(row.number) for row in wanted] == [terms(number) for number in step]
        assert set(table) <= set(range(1, CAPACITY + 1))
