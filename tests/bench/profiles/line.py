"""What a waiting line does to those who stand in it, with and without early refusal: exact, by the line's own chain.

Arrivals are Poisson, running times exponential (M/M/c with a line of places): of all distributions the one that can be
solved; real answers vary less, so that waits are shorter. Times are in units of one request's running time.
"""

from dataclasses import dataclass
from itertools import accumulate
from math import prod


@dataclass(frozen=True)
class Line:
    """slots run at once, places wait; above `threshold` percent of the places some are refused."""

    slots: int
    places: int
    threshold: int

    def accepted(self, waiting: int) -> float:
        """The chance of a newcomer who finds all slots taken and so many waiting: as in admission/early.py."""
        above, full = self.threshold / 100, waiting / self.places
        if waiting >= self.places:
            return 0.0
        return 1.0 if full <= above else 1 - (full - above) / (1 - above)

    def figures(self, load: float) -> dict[str, float]:
        """At `load` times what the slots can serve: throughput (1 is all that they can), the mean wait and the wait of
        the last of 20 among those who are accepted, in running times."""
        states = self._states(load)
        entering = [chance * self._enters(count) for count, chance in enumerate(states)]
        behind = {count - self.slots: chance / sum(entering) for count, chance in enumerate(entering)}
        waits = {waiting: (waiting + 1) / self.slots if waiting >= 0 else 0.0 for waiting in behind}
        return {
            "throughput": sum(entering) * load,
            "mean_wait": sum(chance * waits[waiting] for waiting, chance in behind.items()),
            "p95_wait": next(waits[at] for at, total in _summed(behind) if total >= 0.95),
        }

    def _enters(self, count: int) -> float:
        return 1.0 if count < self.slots else self.accepted(count - self.slots)

    def _states(self, load: float) -> list[float]:
        """How often so many requests are unfinished, from none to all slots and places."""
        ups = [load * self.slots * self._enters(count) for count in range(self.slots + self.places)]
        ratios = [up / min(count + 1, self.slots) for count, up in enumerate(ups)]
        weights = [prod(ratios[:count]) for count in range(len(ratios) + 1)]
        return [weight / sum(weights) for weight in weights]


def _summed(chances: dict[int, float]) -> list[tuple[int, float]]:
    return list(zip(chances, accumulate(chances.values()), strict=True))
