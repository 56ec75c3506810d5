"""The operator's own metrics, and those about ModelServers that no pod of theirs can tell.

Labels of the former have few values: verbs, HTTP statuses, kinds of error; never a name.
"""

import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from modelserver_operator.cluster import Conflict, NotFound, NotLeading, Rejected, Unavailable
from modelserver_operator.standings import Place, Standing
from modelserver_operator.workqueue import Done, Retry

PREFIX = "modelserver_operator"
# Seconds. A pass over a settled server takes tens of milliseconds; one that takes minutes waits for the API server.
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
CAUSES = (Retry.cause, *(kind.__name__ for kind in (Conflict, NotFound, NotLeading, Rejected, Unavailable)))

K = TypeVar("K")
Work = Callable[[K], Awaitable[Done | Retry]]


class Metrics:
    """What is counted as it happens, in a registry of the caller's."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            f"{PREFIX}_reconcile_seconds",
            "Seconds of each pass over a ModelServer.",
            buckets=BUCKETS,
            registry=registry,
        )
        self._errors = Counter(
            f"{PREFIX}_reconcile_errors",
            "Passes over a ModelServer that have to be tried again, by kind of error.",
            ["reason"],
            registry=registry,
        )
        for cause in CAUSES:
            self._errors.labels(cause)  # there from the first scrape on: a rate needs the zero
        self._requests = Counter(
            f"{PREFIX}_api_requests",
            "Calls to the API server, watches among them, by verb and HTTP status (0: no answer).",
            ["verb", "code"],
            registry=registry,
        )
        ProcessCollector(registry=registry)

    def answered(self, verb: str, status: int) -> None:
        """Count a call to the API server."""
        self._requests.labels(verb, str(status)).inc()

    def timed(self, work: Work[K]) -> Work[K]:
        """The same work, with its passes and errors counted."""

        async def timed(key: K) -> Done | Retry:
            started = time.monotonic()
            try:
                outcome = await work(key)
            except Exception:
                self._errors.labels(Retry.cause).inc()
                raise
            finally:
                self._seconds.observe(time.monotonic() - started)
            if isinstance(outcome, Retry):
                self._errors.labels(outcome.cause).inc()
            return outcome

        return timed


@dataclass(frozen=True)
class State:
    """What is asked for at each scrape, of whoever knows it; register it in the registry."""

    queue_depth: Callable[[], float]
    queue_oldest_seconds: Callable[[], float]
    last_resync: Callable[[], float]
    leader: Callable[[], float]
    drift_repairs: Callable[[], float]
    contested: Callable[[], float]

    def collect(self) -> Iterator[Metric]:
        """The metrics, as they are now."""
        yield _gauge("queue_depth", "ModelServers that wait for a worker.", self.queue_depth)
        yield _gauge("queue_oldest_seconds", "How long the first of them has been waiting.", self.queue_oldest_seconds)
        yield _gauge("last_resync_timestamp_seconds", "When all were last listed; 0: never.", self.last_resync)
        yield _gauge("leader", "1 in the replica that works, 0 in one that stands by.", self.leader)
        yield _gauge("contested", "Children that others keep changing and that are let be.", self.contested)
        text = "Times that a child was put back as wished after somebody had changed it."
        yield CounterMetricFamily(f"{PREFIX}_drift_repairs", text, value=self.drift_repairs())


def _gauge(name: str, text: str, read: Callable[[], float]) -> Metric:
    return GaugeMetricFamily(f"{PREFIX}_{name}", text, value=float(read()))


@dataclass(frozen=True)
class Servers:
    """What is asked for at each scrape about ModelServers; in a replica that stands by there is nothing of it.

    The labels are theirs: a scrape has to honour `namespace`.
    """

    standings: Callable[[], Iterable[tuple[Place, Standing]]]

    def collect(self) -> Iterator[Metric]:
        """Some eight series for each ModelServer."""
        condition = _of_servers("condition", "1 where the condition is True, 0 where it is False.", "type", "reason")
        wanted = _of_servers("wanted_replicas", "Pods that are asked for, by the spec or a scaler.")
        ready = _of_servers("ready_replicas", "Pods that are ready.")
        for place, standing in self.standings():
            for kind, reason, holds in standing.conditions:
                condition.add_metric([*place, kind, reason], float(holds))
            wanted.add_metric(place, standing.wanted)
            ready.add_metric(place, standing.ready)
        yield from (condition, wanted, ready)


def _of_servers(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"modelserver_{name}", text, labels=["namespace", "modelserver", *labels])
