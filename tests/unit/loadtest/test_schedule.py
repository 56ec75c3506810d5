"""Arrivals: drawn from a seed, and as often as was said."""

from itertools import islice, pairwise

import pytest
from tests.unit.loadtest.answering import chat, plan

from modelserver_operator.cli.loadtest.generating.plan import Constant, Destination, Poisson
from modelserver_operator.cli.loadtest.generating.schedule import choices, moments, within

NOWHERE = Destination("nowhere", 80)


def test_even_distances() -> None:
    assert list(islice(moments(Constant(4), seed=1), 4)) == [0, 0.25, 0.5, 0.75]


def test_a_poisson_process_has_its_rate_and_its_spread() -> None:
    drawn = list(islice(moments(Poisson(50), seed=1), 20_000))
    gaps = [after - before for before, after in pairwise(drawn)]
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert mean == pytest.approx(0.02, rel=0.03)
    assert deviation == pytest.approx(mean, rel=0.03)  # as of an exponential distribution


def test_a_seed_says_all_of_it() -> None:
    first, again, other = (list(islice(moments(Poisson(5), seed), 9)) for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"duration": 0.5, "count": None}, [0.0, 0.25, 0.5, 0.75]),
        ({"duration": None, "count": 3}, [0.0, 0.25, 0.5, 0.75, 1.0]),
        ({"duration": 9.0, "count": 1}, [0.0, 0.25, 0.5]),
    ],
)
def test_a_load_ends_by_its_duration_or_by_its_count(said: dict[str, float | None], expected: list[float]) -> None:
    wanted = plan(NOWHERE, warm_up=0.5, **said)
    assert list(within(wanted, moments(Constant(4), seed=1))) == expected


def test_requests_are_chosen_by_their_weight() -> None:
    choose = choices([chat(weight=3.0), chat(weight=1.0), chat(weight=0.0)], seed=1)
    chosen = [choose() for _ in range(20_000)]
    assert chosen.count(0) / len(chosen) == pytest.approx(0.75, abs=0.02)
    assert chosen.count(2) == 0
