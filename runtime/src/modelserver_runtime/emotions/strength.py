"""How strong a mix may be: never stronger, after any layer, than the strongest of its vectors at scale 4.

Each scale has its bound already. Vectors that point the same way add up, so their sum has one, too.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from modelserver_runtime.emotions.mapping import LARGEST_SCALE, Mix
from modelserver_runtime.vectors.vector import Floats, Vector

_TOLERANCE = 1e-4  # of the bound: directions are float32, and their length is 1 within a thousandth


class Strengths:
    """What is known of a set of vectors: after each layer, the products of each two of them at scale 1.

    The memory is layers × vectors² × 8 bytes (six vectors of a 7B model: 8 KB); the vectors are not kept.
    """

    def __init__(self, vectors: Mapping[str, Vector]) -> None:
        """`vectors` by name, all of one model; some milliseconds for each of a large model."""
        self._places = {name: place for place, name in enumerate(vectors)}
        self._products = _products([*vectors.values()])

    def too_strong(self, mix: Mix) -> bool:
        """Whether `mix`, whose vectors are all known, adds more after some layer than it may."""
        if sum(abs(hundredths) for _, hundredths in mix.terms) <= LARGEST_SCALE * 100:
            return False  # by the triangle inequality, wherever the vectors point: nearly every mix ends here
        terms = [term for term in mix.terms if term[1]]  # what adds nothing raises no bound
        places = [self._places[vector] for vector, _ in terms]
        scales = np.array([hundredths / 100 for _, hundredths in terms])
        products = self._products[:, places][:, :, places]
        combined = np.einsum("i,lij,j->l", scales, products, scales)
        strongest = np.einsum("lii->li", products).max(axis=1)
        return bool((combined > strongest * (LARGEST_SCALE * (1 + _TOLERANCE)) ** 2).any())


def _products(vectors: Sequence[Vector]) -> NDArray[np.float64]:
    """Shape (layers, vectors, vectors)."""
    if not vectors:
        return np.zeros((0, 0, 0))
    layers = vectors[0].description.model.layers
    return np.stack([_products_after(layer, vectors) for layer in range(layers)])


def _products_after(layer: int, vectors: Sequence[Vector]) -> NDArray[np.float64]:
    added: list[Floats] = [vector.delta(layer, 1.0) for vector in vectors]
    stacked = np.stack(added).astype(np.float64)
    return np.asarray(stacked @ stacked.T)
