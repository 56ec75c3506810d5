"""The runtime's own metrics, in the registry that vLLM's are in, so that one scrape has both.

No name begins with `vllm:`: vLLM takes those out of the registry when it starts. Labels are bounded: served names and
those of vectors come from the config, its live part included, everything else from this code. As the live part changes,
so do its names: series of those that were used last are kept.
"""

from collections.abc import Callable, Iterable, Sized
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Info
from starlette.types import Scope

from modelserver_runtime import __version__
from modelserver_runtime.admission.gate import Gate
from modelserver_runtime.emotions.mapping import NONE, Mix
from modelserver_runtime.measure import Families, Measure, Series
from modelserver_runtime.recent import Recent
from modelserver_runtime.refusals import REASONS
from modelserver_runtime.vectors.index import MOST_VECTORS

PHASES = ("body", "waiting", "running")
MISSED = {"queue_timeout": "waiting", "deadline": "running"}  # refusals for time, and when it ran out
MOST_VARIANTS = 128  # with series of their own, about 0.4 MB each; an object has 32 at a time
RETRY_HEADER = b"x-stainless-retry-count"  # of the openai and anthropic SDKs: 0 on a first try


class Metrics:
    """Counters that the stages write; the gauges read the gate and the lifecycle, which alone know."""

    def __init__(
        self,
        registry: CollectorRegistry,
        gate: Gate,
        served: Iterable[str],
        state: Callable[[], str],
        states: Iterable[str],
        *,
        active: Sized,
    ) -> None:
        """`state` says the current one of `states`; it is called by whoever scrapes, in another thread.

        active: the mixes of unfinished requests.
        """
        self.registry = registry
        Info("modelserver_build", "Version of the runtime.", registry=registry).info({"version": __version__})
        _gauge("modelserver_running_requests", "Requests in the engine.", registry, lambda: gate.running)
        _gauge("modelserver_waiting_requests", "Requests accepted, in the line.", registry, lambda: gate.waiting)
        _gauge("modelserver_unfinished_requests", "Running and waiting: the load.", registry, lambda: gate.unfinished)
        _gauge("modelserver_active_mixes", "Different mixes of unfinished requests.", registry, lambda: len(active))
        _one_hot("modelserver_state", "1 for the state that the server is in.", registry, state, states)
        self._refused = Counter("modelserver_requests_refused", "Requests refused.", ["reason"], registry=registry)
        self._gone = Counter("modelserver_clients_gone", "Callers that hung up.", ["phase"], registry=registry)
        self._missed = Counter("modelserver_deadlines_missed", "Requests out of time.", ["phase"], registry=registry)
        self._retries = Counter("modelserver_client_retries", "Requests that an SDK tried again.", registry=registry)
        self._redis = Counter("modelserver_redis_failures", "Times that Redis did not answer.", registry=registry)
        self._emotions = Counter(
            "modelserver_emotions_requests", "Requests let into the engine.", ["emotion"], registry=registry
        )
        self._emotions.labels(NONE)
        self._live_refused = Gauge(
            "modelserver_live_refused", "1 while the live part on disk is not in force.", registry=registry
        )
        self._live_changes = Counter(
            "modelserver_live_changes", "Changes of the live part that were put in force.", registry=registry
        )
        self.families = Families(registry)
        self.series = {name: Series(self.families, name) for name in served}
        self._served = frozenset(self.series)
        self._variants = Recent(MOST_VARIANTS, self._forget_variant)
        self._vectors = Recent(MOST_VECTORS, self._emotions.remove)
        self._aside = Series(Families(None), "")
        for counter, values in ((self._gone, PHASES), (self._missed, MISSED.values()), (self._refused, REASONS)):
            for value in values:
                counter.labels(value)  # there from the first scrape on: a rate needs the zero

    def arrived(self, scope: Scope) -> None:
        """Take note of what a request says of itself."""
        for name, value in scope["headers"]:
            if name == RETRY_HEADER and value != b"0":
                self._retries.inc()

    def in_force(self, variants: Iterable[str], vectors: Iterable[str]) -> None:
        """These may be asked for from now on: what is counted of them begins at 0."""
        for variant in variants:
            self._series(variant)
        for vector in vectors:
            self._vectors.use(vector)
            self._emotions.labels(vector)

    def measure(self, served_name: str) -> Measure:
        """What follows one request to the engine."""
        return Measure(self._series(served_name))

    def _series(self, served_name: str) -> Series:
        if served_name not in self._served:
            self._variants.use(served_name)
        if served_name not in self.series:  # of a variant that came while the server runs; /stats reads in its thread
            self.series = {**self.series, served_name: Series(self.families, served_name)}
        return self.series[served_name]

    def _forget_variant(self, name: str) -> None:
        """Requests that run under it go on counting, where nobody reads it."""
        self.series = {each: series for each, series in self.series.items() if each != name}
        self.families.forget(name)

    def unmeasured(self) -> Measure:
        """What follows a request that only counts tokens: it is no load, and would blur every figure."""
        return Measure(self._aside)

    def steered(self, mix: Mix) -> None:
        """Count a request that is let into the engine, by each vector that steers it."""
        vectors = [vector for vector, hundredths in mix.terms if hundredths]
        for vector in vectors:
            self._vectors.use(vector)
        for emotion in vectors or [NONE]:
            self._emotions.labels(emotion).inc()

    def live_refused(self, refused: bool) -> None:
        """Whether the live part that was found last is refused, and an earlier one stays in force."""
        self._live_refused.set(refused)

    def live_changed(self) -> None:
        """Count a live part that is put in force after another."""
        self._live_changes.inc()

    def refused(self, reason: str) -> None:
        """Count a refusal."""
        self._refused.labels(reason).inc()
        if reason in MISSED:
            self._missed.labels(MISSED[reason]).inc()

    def redis_failed(self) -> None:
        """Count a time that rates could not be counted in Redis."""
        self._redis.inc()

    def client_gone(self, phase: str) -> None:
        """Count a caller who hung up while sending the body, waiting or running."""
        self._gone.labels(phase).inc()


def _gauge(name: str, text: str, registry: CollectorRegistry, read: Callable[[], float]) -> None:
    Gauge(name, text, registry=registry).set_function(read)


def _one_hot(name: str, text: str, registry: CollectorRegistry, read: Callable[[], str], values: Iterable[str]) -> None:
    gauge = Gauge(name, text, ["state"], registry=registry)
    for value in values:
        gauge.labels(value).set_function(partial(_is, read, value))


def _is(read: Callable[[], str], value: str) -> float:
    return float(read() == value)
