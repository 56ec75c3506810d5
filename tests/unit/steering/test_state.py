"""What each token of a step is steered by, for any order of requests, chunks, preemptions and evictions."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.unit.examples import ALIKE

from modelserver_runtime.steering.rows import Terms
from modelserver_runtime.steering.spec import EXTRA_ARG, Phase, Spec, Term
from modelserver_runtime.steering.state import Steering
from modelserver_runtime.steering.store import Store
from modelserver_runtime.vectors.vector import Floats

DIGESTS = ["a" * 64, "b" * 64]


class Told(Store):
    """A store whose sums tell which terms they are of, and that holds whatever is committed."""

    def __init__(self) -> None:
        super().__init__(1, 1, [0])
        self.asked: list[Terms] = []

    def sum(self, terms: Any) -> Floats:
        """The number of the asking."""
        self.asked.append(tuple(terms))
        return np.array([[len(self.asked) - 1]], np.float32)

    def commit(self, digest: str) -> int:
        """Holds it unseen."""
        self._held[digest] = np.zeros((1, 1), np.float32)
        return 4


@dataclass
class Read:
    """The buffers, as layers would read them."""

    store: Told
    written: dict[int, Terms] = field(default_factory=dict)
    tokens: list[int] = field(default_factory=list)
    copies: int = 0

    def write(self, row: int, delta: Floats) -> None:
        """A row's content."""
        assert row > 0
        self.written[row] = self.store.asked[int(delta[0, 0])]

    def set(self, rows: NDArray[np.int32]) -> None:
        """The step's tokens."""
        self.tokens, self.copies = [int(row) for row in rows], self.copies + 1

    def clear(self) -> None:
        """Nothing is steered."""
        self.tokens = []

    def terms(self, token: int) -> Terms:
        """What moves a token of the step."""
        row = self.tokens[token] if token < len(self.tokens) else 0
        return self.written[row] if row else ()


def steering(rows: int = 5) -> Steering[Read]:
    store = Told()
    return Steering(store, Read(store), rows)


def params(*pairs: tuple[str, int], phase: Phase = "all") -> Any:
    spec = Spec.of(pairs, phase)
    return SimpleNamespace(extra_args={EXTRA_ARG: spec.text} if spec else None)


def step(of: Steering[Read], **requests: tuple[int, int]) -> list[Terms]:
    """The terms of each token of a step; of each request: how many tokens now, and how many before."""
    numbers = np.array([*requests.values()], np.int32).reshape(-1, 2)
    of.prepare([*requests], numbers[:, 0], numbers[:, 1])
    return [of.table.terms(token) for token in range(int(numbers[:, 0].sum()))]


def test_each_token_has_the_terms_of_its_request() -> None:
    of = steering()
    of.add("x", params(("a", 100)), 3)
    of.add("y", params(), 2)
    of.add("z", params(("b", -50), ("a", 20)), 1)

    assert step(of, x=(3, 0), y=(2, 0), z=(1, 0)) == [
        *([(Term("a", 100),)] * 3),
        *([()] * 2),
        (Term("a", 20), Term("b", -50)),
    ]


def test_decode_begins_with_the_prompts_last_token() -> None:
    of, moved = steering(), (Term("a", 100),)
    of.add("x", params(("a", 100), phase="decode"), 5)

    assert step(of, x=(3, 0)) == [(), (), ()]
    assert step(of, x=(2, 3)) == [(), moved]
    assert step(of, x=(1, 5)) == [moved]


def test_a_preempted_request_is_computed_again_as_it_was() -> None:
    of, moved = steering(), (Term("a", 100),)
    of.add("x", params(("a", 100), phase="decode"), 3)
    step(of, x=(3, 0)), step(of, x=(1, 3)), step(of, x=(1, 4))

    assert step(of, x=(5, 0)) == [(), (), moved, moved, moved]


def test_a_step_without_steered_tokens_copies_nothing() -> None:
    of = steering()
    of.add("y", params(), 2)
    assert step(of, y=(2, 0)) == [(), ()]
    of.add("x", params(("a", 100)), 3)
    step(of, x=(3, 0))
    assert step(of, y=(1, 2)) == [()]
    of.remove("x")
    step(of, y=(1, 3))

    assert of.table.copies == 1


def test_a_row_written_without_its_vector_is_written_again_with_it() -> None:
    of = steering()
    of.add("x", params((DIGESTS[0], 100)), 3)
    step(of, x=(3, 0))
    of.commit(DIGESTS[0])
    step(of, x=(1, 3))

    assert len(of.store.asked) == 2  # type: ignore[attr-defined]


def test_a_vector_stays_until_the_last_request_that_names_it_has_ended() -> None:
    of = steering()
    for digest in DIGESTS:
        of.commit(digest)
    of.add("x", params((DIGESTS[0], 100)), 3)
    of.add("y", params((DIGESTS[0], 50), (DIGESTS[1], 50)), 3)
    of.forget(DIGESTS)
    assert of.store.held == DIGESTS
    of.remove("y")
    assert of.store.held == DIGESTS[:1]
    of.remove("x")
    assert of.store.held == []


def test_a_vector_that_is_wanted_again_is_not_dropped() -> None:
    of = steering()
    of.commit(DIGESTS[0])
    of.add("x", params((DIGESTS[0], 100)), 3)
    of.forget(DIGESTS)
    of.commit(DIGESTS[0])
    of.remove("x")

    assert of.store.held == DIGESTS[:1]


@pytest.mark.parametrize("text", ["", "all", "all;a", "all;a:b:c", 7, None, ["all"]])
def test_what_is_no_spec_steers_nothing_and_raises_nothing(text: Any) -> None:
    of = steering()
    of.add("x", SimpleNamespace(extra_args={EXTRA_ARG: text}), 3)

    assert step(of, x=(2, 0)) == [(), ()]


def test_a_proof_is_asked_once_and_leaves_no_row() -> None:
    of, asked = steering(), list[Read]()
    of.add("x", params(("a", 100)), 3)
    step(of, x=(3, 0))

    def problem(table: Read) -> str:
        asked.append(table)
        return "wrong"

    assert of.proven(problem) == of.proven(problem) == "wrong"
    assert asked == [of.table]
    step(of, x=(1, 3))
    assert len(of.store.asked) == 2  # type: ignore[attr-defined]


ORDERS = st.lists(
    st.tuples(
        st.sampled_from("uvwxyz"),
        st.sampled_from(["begin", "end", "preempt", "run"]),
        st.integers(1, 4),
        st.sampled_from([(), (("a", 10),), (("b", 10),), (("c", 10),), (("a", 10), ("b", 5))]),
        st.sampled_from(["all", "decode"]),
    ),
    max_size=40,
)


FIRST = [(name, "begin", 2, ((name, 10),), "all") for name in "uvwx"]  # more than there are rows


@ALIKE
@given(ORDERS)
def test_any_order_of_requests_gives_each_token_what_it_must_have(order: list[tuple[Any, ...]]) -> None:
    """Against a model that keeps no rows: a token's terms follow from its request and position alone.

    Two requests run in a step at most, and the table has two rows, so that rows change hands all the time.
    """
    of, prompts, done, specs = steering(3), dict[str, int](), dict[str, int](), dict[str, Spec | None]()
    for name, what, number, pairs, phase in [*FIRST, *order]:
        if what == "begin":
            prompts[name], done[name], specs[name] = number, 0, Spec.of(pairs, phase)
            of.add(name, params(*pairs, phase=phase), number)
        elif what == "end":
            of.remove(name)
            prompts.pop(name, None)
        elif what == "preempt":
            done[name] = 0
        else:
            running = sorted(prompts, key=lambda each: (done[each], each))[:2]
            found = step(of, **{each: (number, done[each]) for each in running})
            expected = [
                spec.terms if (spec := specs[each]) and at >= spec.first_steered(prompts[each]) else ()
                for each in running
                for at in range(done[each], done[each] + number)
            ]
            assert found == expected
            done |= {each: done[each] + number for each in running}
