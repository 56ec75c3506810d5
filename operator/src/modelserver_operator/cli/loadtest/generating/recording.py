"""Keeps what was seen of each request, and sums the last second up for whoever watches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from modelserver_operator.cli.loadtest.generating.exchange import Exchange
from modelserver_operator.cli.loadtest.generating.histogram import Histogram
from modelserver_operator.cli.loadtest.generating.recorded import Outcome, Progress, Samples, Spread

MOST_KINDS = 200  # of outcomes in words: a server may put what it likes into a code
OTHERS = "others"
MOST_WATCHED = 500  # requests of a second that are summed up for people: the sum stops everything else meanwhile


class Recording:
    """Grows by a row for each request that has ended. `began` is the load's beginning by the event loop's clock."""

    def __init__(self, scenarios: Sequence[str], began: float) -> None:
        self.samples = Samples()
        self.gaps = tuple(Histogram() for _ in scenarios)
        self.lateness = Histogram()
        self.counts = dict.fromkeys(Outcome, 0)
        self.began = began
        self.begun = self.measured = self.most_in_flight = 0
        self._kinds = {"": 0}
        self._tokens = 0  # of requests that have ended
        self._watched = _Mark()

    @property
    def kinds(self) -> tuple[str, ...]:
        """Outcomes in words, by their index in the samples."""
        return tuple(self._kinds)

    @property
    def in_flight(self) -> int:
        """Requests that have begun and have not ended."""
        return self.begun - len(self.samples)

    def begins(self, exchange: Exchange, *, measured: bool) -> None:
        """A request is on its way; how late it is counts where it is measured."""
        self.begun += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        if measured:
            self.measured += 1
            self.lateness.add(max(0.0, exchange.begun - self.began - exchange.intended))

    def ends(self, exchange: Exchange, outcome: Outcome, kind: str, now: float) -> None:
        """A request has ended."""
        samples, began = self.samples, self.began
        samples.scenario.append(exchange.prepared.scenario)
        samples.outcome.append(outcome)
        samples.kind.append(self._kind(kind))
        samples.intended.append(exchange.intended)
        samples.first_token.append(exchange.first_token - began)
        samples.last_token.append(exchange.last_token - began)
        samples.end.append(now - began)
        samples.events.append(exchange.events)
        samples.retry_after.append(exchange.retry_after)
        samples.tokens_in.append(exchange.tokens_in)
        samples.tokens_out.append(exchange.tokens_out)
        self.counts[outcome] += 1
        self._tokens += exchange.events or exchange.tokens_out

    def progress(self, now: float, under_way: Iterable[Exchange], warm_up: float) -> Progress:
        """How the load stands, and what has changed since this was asked last."""
        tokens = self._tokens + sum(exchange.events for exchange in under_way)
        before, self._watched = self._watched, _Mark(now, len(self.samples), tokens)
        seconds = max(now - (before.at or self.began), 1e-3)
        first, whole = self._since(before.rows)
        ended, answered, refused = len(self.samples), self.counts[Outcome.ANSWERED], self.counts[Outcome.REFUSED]
        return Progress(
            elapsed=now - self.began,
            warming_up=now - self.began < warm_up,
            begun=self.begun,
            in_flight=self.in_flight,
            ended=ended,
            answered=answered,
            refused=refused,
            failed=ended - answered - refused,
            requests_per_second=(ended - before.rows) / seconds,
            tokens_per_second=(tokens - before.tokens) / seconds,
            first_token=first,
            whole=whole,
        )

    def _since(self, row: int) -> tuple[Spread, Spread]:
        """Times to the first token and to the end of the rows from `row` on, or of some of them."""
        samples = self.samples
        rows = range(row, len(samples), 1 + (len(samples) - row) // MOST_WATCHED)
        good = [each for each in rows if samples.outcome[each] == Outcome.ANSWERED]
        first = Histogram(samples.first_token[each] - samples.intended[each] for each in good if samples.events[each])
        return Spread.of(first), Spread.of(Histogram(samples.end[each] - samples.intended[each] for each in good))

    def _kind(self, kind: str) -> int:
        known = self._kinds.get(kind)
        if known is None:
            kind = kind if len(self._kinds) < MOST_KINDS else OTHERS
            known = self._kinds.setdefault(kind, len(self._kinds))
        return known


class _Mark:
    """Where the last look ended."""

    __slots__ = ("at", "rows", "tokens")

    def __init__(self, at: float = 0.0, rows: int = 0, tokens: int = 0) -> None:
        self.at, self.rows, self.tokens = at, rows, tokens
