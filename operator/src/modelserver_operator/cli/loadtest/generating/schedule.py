"""When requests are due and which ones: drawn from a seed alone, so that no answer can move what comes after it."""

from __future__ import annotations

import math
import random
from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, count

from modelserver_operator.cli.loadtest.generating.plan import Constant, LoadPlan, Poisson, Request


def moments(arrivals: Poisson | Constant, seed: int) -> Iterator[float]:
    """The moments of an open loop in seconds from its beginning, without end."""
    if isinstance(arrivals, Constant):
        return (number / arrivals.rate for number in count())
    return _poisson(arrivals.rate, seed)


def _poisson(rate: float, seed: int) -> Iterator[float]:
    """Gaps of a Poisson process are exponential."""
    draw, moment = random.Random(seed), 0.0
    while True:
        moment += draw.expovariate(rate)
        yield moment


def within(plan: LoadPlan, moments: Iterable[float]) -> Iterator[float]:
    """Those of the moments that the plan still has requests for; each is taken when it is asked for, not before."""
    left = math.inf if plan.count is None else plan.count
    for moment in moments:
        if moment >= plan.end:
            return
        yield moment
        left -= moment >= plan.warm_up
        if left <= 0:
            return


def choices(requests: Sequence[Request], seed: int) -> Callable[[], int]:
    """What gives the index of the next request: each as often as its weight says, in an order that the seed says."""
    bounds = list(accumulate(request.weight for request in requests))
    draw = random.Random(f"requests {seed}").random
    return lambda: bisect(bounds, draw() * bounds[-1], hi=len(bounds) - 1)
