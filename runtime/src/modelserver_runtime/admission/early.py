"""Refusing by chance while the line fills, so that callers slow down one by one instead of all at a full line.

What routers do with packets as random early detection (Floyd and Jacobson, 1993).
"""

import random


class EarlyRefusal:
    """Decides for each newcomer who would have to wait; `chance` is a test's to seed, and guards nothing."""

    def __init__(self, above_percent: int, chance: random.Random) -> None:
        """Begin above `above_percent` (1 to 100) of the places in the line."""
        self._above = above_percent / 100
        self._chance = chance

    def probability(self, waiting: int, places: int) -> float:
        """0 up to the threshold, then growing linearly to 1 at a full line."""
        if waiting <= self._above * places:
            return 0.0
        return (waiting / places - self._above) / (1 - self._above)

    def refuses(self, waiting: int, places: int) -> bool:
        """Whether the next who would have to wait behind `waiting` others is sent away."""
        return self._chance.random() < self.probability(waiting, places)
