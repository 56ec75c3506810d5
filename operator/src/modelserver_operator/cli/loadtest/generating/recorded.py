"""What a load has seen: a row of numbers for each request, and what the generator itself has cost.

A moment is in seconds since the load began; nan is a moment that never came.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

from modelserver_operator.cli.loadtest.generating.histogram import Histogram


class Outcome(IntEnum):
    """What became of a request."""

    ANSWERED = 0  # whole, with a status of 2xx
    REFUSED = 1  # 429, 503 or 529: the server says "not now"
    FAILED = 2  # another status, an error within a stream, or an end of the connection before any answer
    CUT = 3  # the answer began, and the connection ended before it did
    UNCONNECTED = 4  # nobody took the connection
    TIMED_OUT = 5  # longer than a request may take
    ABANDONED = 6  # the load was stopped while it was open


@dataclass(slots=True)
class Samples:
    """Every request, also those of the warm-up, as columns of equal length in the order of their ends: 53 bytes each.

    In an open loop a request is due at its `intended` moment, whatever the server does; in a closed loop that is when
    its caller began.
    """

    scenario: array[int] = field(default_factory=lambda: array("H"))  # an index into Recorded.scenarios
    outcome: array[int] = field(default_factory=lambda: array("B"))  # an Outcome
    kind: array[int] = field(default_factory=lambda: array("H"))  # an index into Recorded.kinds
    intended: array[float] = field(default_factory=lambda: array("d"))
    first_token: array[float] = field(default_factory=lambda: array("d"))  # nan for what is no stream
    last_token: array[float] = field(default_factory=lambda: array("d"))
    end: array[float] = field(default_factory=lambda: array("d"))
    events: array[int] = field(default_factory=lambda: array("I"))  # with something to see in them
    retry_after: array[float] = field(default_factory=lambda: array("f"))  # seconds that a refusal asks for, else nan
    tokens_in: array[int] = field(default_factory=lambda: array("I"))  # by the answer's usage; 0 where it tells none
    tokens_out: array[int] = field(default_factory=lambda: array("I"))

    def __len__(self) -> int:
        return len(self.outcome)


@dataclass(frozen=True, slots=True)
class Spread:
    """Of some durations in seconds; nan where there were none."""

    p50: float
    p95: float
    p99: float
    longest: float

    @classmethod
    def of(cls, histogram: Histogram) -> Spread:
        """Of what was counted."""
        p50, p95, p99 = (histogram.percentile(percent) for percent in (50, 95, 99))
        return cls(p50, p95, p99, histogram.longest)


@dataclass(frozen=True, slots=True)
class Cost:
    """What the generator has cost, and whether it could keep up."""

    cpu_seconds: float  # of its process, from the beginning to the end of the load
    cpu_share: float  # of one core, the most in any second
    cpu_per_request: float  # seconds
    lateness: Spread  # from when requests were due until the generator came to them, after the warm-up
    loop_lag: Spread  # how late its event loop came to what was due, looked at all the time
    connections: int  # opened
    most_in_flight: int  # requests at once
    waited_for_connection: int  # requests that were due while every allowed connection was taken
    bottleneck: str | None  # a sentence where the generator, not the server, may be what is measured


@dataclass(frozen=True, slots=True)
class Recorded:
    """A load from its beginning to the end of the last request. Measured is what was due from `measured_from` until
    `measured_until`; `gaps` (inter-token latencies, by scenario's index) are of these requests only."""

    scenarios: tuple[str, ...]
    kinds: tuple[str, ...]  # what outcomes were in words, such as "429 rate_limited"; "" for answered
    samples: Samples
    headers: dict[str, dict[str, int]]  # of the plan's noted headers, in how many answers each value stood
    gaps: tuple[Histogram, ...]
    began_unix: float
    measured_from: float
    measured_until: float
    ended: float
    stopped: bool  # by whoever asked for it, before its time
    own: Cost


@dataclass(frozen=True, slots=True)
class Progress:
    """How a load stands; told once a second. Counts are since the beginning, rates of the last second."""

    elapsed: float
    warming_up: bool
    begun: int
    in_flight: int
    ended: int
    answered: int
    refused: int
    failed: int  # neither answered nor refused
    requests_per_second: float  # ended
    tokens_per_second: float  # events of streams, and what other answers say in their usage
    first_token: Spread  # from the intended moment, of the last second's
    whole: Spread


OnProgress = Callable[[Progress], None]
