"""What one request costs and how long it takes, and the series and windows in which that is kept by served name.

All of it is written in the main event loop, a microsecond at a time; the control port's thread only reads.
"""

import time
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from types import TracebackType
from typing import Self

from prometheus_client import CollectorRegistry, Counter, Histogram

from modelserver_runtime.refusals import ClientGone, Refused

WINDOW_REQUESTS = 1000  # the last ones of each served name, for /stats
WINDOW_GAPS = 10_000  # between the events of its streams: about 0.3 MiB

# Seconds. Each list has the bound that an alert would use: monitoring.slo's 7 s to the first token and 20 s to the end.
WAIT = (0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
FIRST_TOKEN = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 30.0, 60.0)
WHOLE = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 7.5, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 120.0, 300.0)
GAP = (0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.5)  # 50 ms is reading speed


class Outcome(StrEnum):
    """How a request to the engine ended."""

    ANSWERED = "answered"
    REFUSED = "refused"  # with a status below 500
    FAILED = "failed"  # with a status of 500 and above, the caller's deadlines among them
    GONE = "gone"  # the caller hung up


class Families:
    """The metrics that have a series for each served name."""

    def __init__(self, registry: CollectorRegistry | None) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"modelserver_{name}", text, ["model", *labels], registry=registry)

        def histogram(name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
            return Histogram(f"modelserver_{name}", text, ["model"], buckets=buckets, registry=registry)

        self.requests = counter("requests", "Requests to the engine that have ended.", "outcome")
        self.admitted = counter("requests_admitted", "Requests that were let into the engine.")
        self.prompt = counter("prompt_tokens", "Tokens of prompts.")
        self.completion = counter("completion_tokens", "Tokens generated.")
        self.wait = histogram("wait_seconds", "Time in the line of those let in.", WAIT)
        self.first = histogram(
            "time_to_first_token_seconds", "From the request to a stream's first token.", FIRST_TOKEN
        )
        self.gap = histogram("inter_token_latency_seconds", "Between two events of a stream.", GAP)
        self.whole = histogram("request_seconds", "From the request to the answer's end.", WHOLE)

    def forget(self, name: str) -> None:
        """Have no series of that served name any more."""
        for outcome in Outcome:
            self.requests.remove(name, outcome.value)
        for family in (self.admitted, self.prompt, self.completion, self.wait, self.first, self.gap, self.whole):
            family.remove(name)


class Series:
    """One served name: its series of every family, and the last values of those that /stats sums up."""

    def __init__(self, families: Families, name: str) -> None:
        self.outcomes = {outcome: families.requests.labels(name, outcome.value) for outcome in Outcome}
        self.admitted = families.admitted.labels(name)
        self.prompt, self.completion = families.prompt.labels(name), families.completion.labels(name)
        self.wait = families.wait.labels(name)
        self.first = Kept(families.first.labels(name), WINDOW_REQUESTS)
        self.gap = Kept(families.gap.labels(name), WINDOW_GAPS)
        self.whole = Kept(families.whole.labels(name), WINDOW_REQUESTS)
        self.ended: deque[Outcome] = deque(maxlen=WINDOW_REQUESTS)

    def end(self, outcome: Outcome) -> None:
        """Count an end."""
        self.outcomes[outcome].inc()
        self.ended.append(outcome)


class Kept:
    """A histogram and the last `size` of its values."""

    def __init__(self, histogram: Histogram, size: int) -> None:
        self._histogram = histogram
        self.last: deque[float] = deque(maxlen=size)

    def observe(self, seconds: float) -> None:
        """Take one value."""
        self._histogram.observe(seconds)
        self.last.append(seconds)


class Measure:
    """One request, from the moment its body is read; a block that ends with it, however that is."""

    def __init__(self, series: Series, clock: Callable[[], float] = time.perf_counter) -> None:
        self.prompt_tokens = 0
        self.completion_tokens = 0
        self.admitted = False
        self.generated = 0  # events with something in them, shown or hidden: at least a token each
        self._series = series
        self._clock = clock
        self._began = clock()
        self._shown: float | None = None
        self._outcome = Outcome.ANSWERED

    def waited(self) -> None:
        """A slot is there."""
        self.admitted = True
        self._series.admitted.inc()
        self._series.wait.observe(self._clock() - self._began)

    def shown(self) -> None:
        """An event of a stream goes to the caller, and there is something to see in it."""
        now = self._clock()
        if self._shown is None:
            self._series.first.observe(now - self._began)
        else:
            self._series.gap.observe(now - self._shown)
        self._shown = now

    def used(self, prompt_tokens: int, completion_tokens: int) -> None:
        """What the engine says of tokens so far; the last word counts."""
        self.prompt_tokens, self.completion_tokens = prompt_tokens, completion_tokens

    @property
    def tokens(self) -> int:
        """All tokens, as far as is known: a stream that was broken off never came to its usage."""
        return self.prompt_tokens + (self.completion_tokens or self.generated)

    def refused(self, status: int) -> None:
        """The engine's own answer is an error."""
        self._outcome = _refused(status)

    def ended(self, outcome: Outcome) -> None:
        """Nothing comes after this."""
        self._series.end(outcome)
        self._series.prompt.inc(self.prompt_tokens)
        self._series.completion.inc(self.completion_tokens or self.generated)
        if outcome is Outcome.ANSWERED:
            self._series.whole.observe(self._clock() - self._began)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> None:
        match error:
            case None:
                self.ended(self._outcome)
            case Refused():
                self.ended(_refused(error.refusal.status))
            case ClientGone():
                self.ended(Outcome.GONE)
            case _:
                self.ended(Outcome.FAILED)


def _refused(status: int) -> Outcome:
    return Outcome.FAILED if status >= 500 else Outcome.REFUSED
