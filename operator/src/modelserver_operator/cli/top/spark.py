"""How a figure went, in a line of characters. Pure."""

from __future__ import annotations

from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"


def spark(values: Sequence[float], width: int) -> str:
    """The last values that fit, each as high as it is beside the highest of them; without any, an empty line."""
    last = list(values)[-width:]
    most = max(last, default=0.0)
    return "".join(BARS[_step(value, most)] for value in last)


def _step(value: float, most: float) -> int:
    return min(len(BARS) - 1, int(value / most * len(BARS))) if most > 0 else 0
