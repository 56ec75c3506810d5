"""The three methods on differences whose direction is known."""

from collections.abc import Iterable

import numpy as np
import pytest
from numpy.typing import NDArray

from modelserver_runtime.vectors.making import methods
from modelserver_runtime.vectors.making.methods import METHODS, Method

LAYERS, WIDTH, PAIRS = 2, 12, 40
TRUE = np.eye(LAYERS, WIDTH)  # layer 0 goes along the first axis, layer 1 along the second


def taught(method: str, lengths: NDArray[np.float64], noise: float) -> Method:
    """A method that has seen pairs whose difference is `lengths[pair]` along TRUE, and random texts around it."""
    chance, made = np.random.default_rng(1), METHODS[method]()
    for pair in order(len(lengths)):
        shared = 9 * chance.standard_normal((LAYERS, WIDTH))
        around = noise * chance.standard_normal((LAYERS, WIDTH))
        made.take(pair, -1, np.asarray(shared, dtype=np.float32))
        made.take(pair, 1, np.asarray(shared + lengths[pair] * TRUE + around, dtype=np.float32))
    return made


def order(count: int) -> Iterable[int]:
    """Texts come by their length, not by their number."""
    return reversed(range(count))


def cosines(way: NDArray[np.float64]) -> list[float]:
    return list((way * TRUE).sum(1) / np.linalg.norm(way, axis=1))


@pytest.mark.parametrize("method", METHODS)
def test_what_all_pairs_have_in_common_is_found(method: str) -> None:
    way = taught(method, np.full(PAIRS, 3.0), noise=0.5).way()

    assert min(cosines(way)) > 0.98


@pytest.mark.parametrize("method", METHODS)
def test_a_way_is_as_long_as_the_mean_difference_along_it(method: str) -> None:
    way = taught(method, np.full(PAIRS, 3.0), noise=0.0).way()

    assert np.linalg.norm(way, axis=1) == pytest.approx([3, 3], rel=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_positive_texts_lie_on_its_positive_side(method: str) -> None:
    way = taught(method, np.full(PAIRS, -3.0), noise=0.5).way()

    assert max(cosines(way)) < -0.98


def test_a_component_of_either_sign_gives_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which sign an eigenvector has is the library's choice."""
    found, before = methods._component, taught("pca", np.full(PAIRS, 3.0), noise=0.5).way()
    monkeypatch.setattr(methods, "_component", lambda differences: -found(differences))

    assert np.allclose(taught("pca", np.full(PAIRS, 3.0), noise=0.5).way(), before)


def test_the_component_follows_what_varies_and_the_mean_does_not() -> None:
    """Half the pairs differ a lot, half hardly: the component weighs the former more, the probe the latter."""
    lengths = np.where(np.arange(PAIRS) % 2, 6.0, 0.5)

    assert min(cosines(taught("pca", lengths, noise=1.0).way())) > min(
        cosines(taught("mean", lengths, noise=1.0).way())
    )


def test_the_probe_tells_every_pair_apart_where_the_mean_does_not() -> None:
    """A loud axis that differs at random hides the one that always differs a little."""
    made = {method: METHODS[method]() for method in ("mean", "probe")}
    for pair in range(PAIRS):
        difference = np.zeros((1, 2), dtype=np.float32)
        difference[0] = 1.0, 20.0 if pair < PAIRS * 0.6 else -20.0
        for each in made.values():
            each.take(pair, 1, difference)
            each.take(pair, -1, np.zeros_like(difference))

    ways = {name: each.way()[0] for name, each in made.items()}

    assert abs(ways["mean"][1]) > 3 * ways["mean"][0]
    assert ways["probe"][0] > 3 * abs(ways["probe"][1])


def test_the_same_texts_give_the_same_way() -> None:
    for method in METHODS:
        one, other = (taught(method, np.full(PAIRS, 3.0), noise=0.5).way() for _ in range(2))
        assert (one == other).all()


@pytest.mark.parametrize("method", METHODS)
def test_texts_that_are_the_same_have_a_way_of_no_length(method: str) -> None:
    way = taught(method, np.zeros(PAIRS), noise=0.0).way()

    assert not way.any()
