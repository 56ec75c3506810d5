"""What scale 1.0 means, as a number, and the search for the factor that gives it.

Strength is the mean, over the positions that count in held-out neutral text, of KL(steered ‖ unsteered) between the
two next-token distributions, in nats.
"""

import math
from collections.abc import Callable

from modelserver_runtime.vectors.errors import VectorError

# A definition, the same for every model: clearly another tone, still fluent. The demo model's vectors reach over 0.9
# of their effect here.
REFERENCE_KL = 0.5
_SMALLEST, _LARGEST = 1 / 256, 64.0  # of a layer's norm; beyond, the stream is nothing but the vector
_TOLERANCE = 0.01  # of REFERENCE_KL, finer than the 0.01 steps of a request's scale can show


def solve(strength: Callable[[float], float]) -> float:
    """The smallest factor found at which `strength(factor)` is REFERENCE_KL.

    Raises:
        VectorError: `strength` never gets there, or is there already at the smallest factor.
    """
    low, high = _bracket(strength)
    while True:
        middle = math.sqrt(low * high)
        found = strength(middle)
        if abs(found - REFERENCE_KL) <= _TOLERANCE * REFERENCE_KL or high / low < 1 + 1e-4:
            return middle
        low, high = (middle, high) if found < REFERENCE_KL else (low, middle)


def _bracket(strength: Callable[[float], float]) -> tuple[float, float]:
    """Two factors, one twice the other, between which `strength` first passes REFERENCE_KL."""
    if strength(_SMALLEST) >= REFERENCE_KL:
        raise VectorError(
            f"at {_SMALLEST:g} times the layer's norm it already changes more than {REFERENCE_KL} nats a token"
        )
    low = _SMALLEST
    while low < _LARGEST:
        if strength(2 * low) >= REFERENCE_KL:
            return low, 2 * low
        low *= 2
    raise VectorError(f"even at {low:g} times the layer's norm it changes less than {REFERENCE_KL} nats a token")
