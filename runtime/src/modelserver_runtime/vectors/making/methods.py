"""Three ways from pairs of texts to one direction per layer.

Each sees, per text, the mean residual stream after every layer. Pairs say the same thing with the emotion and without,
so that what a pair's two texts share (topic, person, length) cancels in their difference: all three work on these.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from modelserver_runtime.vectors.vector import Floats

_RIDGE = 0.01  # of the probe, whose differences have a mean length of 1: enough to keep it finite where all pairs agree
_STEPS = 100  # Newton needs about ten

Doubles = NDArray[np.float64]


class Method(Protocol):
    """Takes the texts of all pairs in any order, and then knows the way from negative texts to positive ones."""

    def take(self, pair: int, sign: int, mean: Floats, /) -> None:
        """The mean stream (layers × hidden size) of a pair's positive (sign 1) or negative (-1) text."""

    def way(self) -> Doubles:
        """Layers × hidden size; each row as long as the mean difference is along it, so that ways can be compared."""


class Mean:
    """The mean of the differences; keeps one sum, however many pairs there are."""

    told = "mean of the pairs' differences"

    def __init__(self) -> None:
        """Nothing yet."""
        self._sum: Doubles | float = 0.0
        self._pairs = 0

    def take(self, _: int, sign: int, mean: Floats) -> None:
        """As the protocol says."""
        self._sum = self._sum + sign * mean.astype(np.float64)
        self._pairs += sign == 1

    def way(self) -> Doubles:
        """As the protocol says."""
        return np.asarray(self._sum / self._pairs)


class _Kept:
    """Keeps a difference for each pair: float32, pairs × layers × hidden size."""

    def __init__(self, along: Callable[[Doubles], Doubles]) -> None:
        self._differences: dict[int, Floats] = {}
        self._along = along

    def take(self, pair: int, sign: int, mean: Floats) -> None:
        """As the protocol says."""
        self._differences[pair] = self._differences.get(pair, np.zeros_like(mean)) + sign * mean

    def way(self) -> Doubles:
        """As the protocol says."""
        kept = [self._differences[pair] for pair in sorted(self._differences)]
        return np.stack([self._of_layer(each) for each in np.stack(kept, axis=1).astype(np.float64)])

    def _of_layer(self, differences: Doubles) -> Doubles:
        """Of pairs × hidden size."""
        along = self._along(differences)
        return along * float(differences.mean(0) @ along) / max(float(along @ along), 1e-30)


class PrincipalComponent(_Kept):
    """The first principal component of the differences, each with both signs.

    Both signs: otherwise the mean, which is what all pairs have in common, would be taken out before.
    """

    told = "principal component of the pairs' differences"

    def __init__(self) -> None:
        """Nothing yet."""
        super().__init__(_component)


class Probe(_Kept):
    """A logistic regression that tells each pair's positive text from its negative one by their difference."""

    told = "logistic probe on the pairs' differences"

    def __init__(self) -> None:
        """Nothing yet."""
        super().__init__(_logistic)


METHODS: dict[str, type[Mean | PrincipalComponent | Probe]] = {"mean": Mean, "pca": PrincipalComponent, "probe": Probe}


def _component(differences: Doubles) -> Doubles:
    """Of pairs × hidden size; through the small matrix of inner products, as there are fewer pairs than dimensions."""
    weights = np.linalg.eigh(differences @ differences.T).eigenvectors[:, -1]
    return np.asarray(weights @ differences)  # of either sign: a way leads along it to where the mean lies


def _logistic(differences: Doubles) -> Doubles:
    """Weights w that minimise mean(log(1 + exp(-d·w))) + ridge/2 |w|², found by damped Newton steps from 0.

    w is a sum of differences, weighted by a: so a, one number per pair, is solved for.
    """
    scaled = differences / max(float(np.linalg.norm(differences, axis=1).mean()), 1e-30)
    inner, count = scaled @ scaled.T, len(scaled)
    weights = np.zeros(count)
    for _ in range(_STEPS):
        wrong = 1 / (1 + np.exp(inner @ weights))
        residual = _RIDGE * count * weights - wrong
        if np.abs(residual).max() < 1e-10:
            break
        slope = _RIDGE * count * np.eye(count) + (wrong * (1 - wrong))[:, None] * inner
        weights = _lower(inner, weights, np.linalg.solve(slope, residual).astype(np.float64))
    return weights @ scaled


def _lower(inner: Doubles, weights: Doubles, step: Doubles) -> Doubles:
    """`weights - step`, or a shorter step where the whole one would overshoot."""

    def cost(candidate: Doubles) -> float:
        margins = inner @ candidate
        return float(np.logaddexp(0, -margins).mean() + _RIDGE / 2 * candidate @ margins)

    before, share = cost(weights), 1.0
    while cost(weights - share * step) > before and share > 1e-6:
        share /= 2
    return weights - share * step
