"""The runtime's own metrics, in the registry that vLLM's are in, so that one scrape has both."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Info

from modelserver_runtime import __version__
from modelserver_runtime.admission.gate import Gate


class Metrics:
    """Counters that the stages write; the gauges read the gate, which alone counts."""

    def __init__(self, registry: CollectorRegistry, gate: Gate) -> None:
        self.registry = registry
        Info("modelserver_build", "Version of the runtime.", registry=registry).info({"version": __version__})
        _gauge("modelserver_running_requests", "Requests in the engine.", registry, lambda: gate.running)
        _gauge("modelserver_waiting_requests", "Requests accepted, in the line.", registry, lambda: gate.waiting)
        _gauge("modelserver_unfinished_requests", "Running and waiting: the load.", registry, lambda: gate.unfinished)
        self._refused = Counter("modelserver_requests_refused", "Requests refused.", ["reason"], registry=registry)
        self._gone = Counter("modelserver_clients_gone", "Callers that hung up.", ["phase"], registry=registry)

    def refused(self, reason: str) -> None:
        """Count a refusal."""
        self._refused.labels(reason).inc()

    def client_gone(self, phase: str) -> None:
        """Count a caller who hung up while sending the body, waiting or running."""
        self._gone.labels(phase).inc()


def _gauge(name: str, text: str, registry: CollectorRegistry, read: Callable[[], float]) -> None:
    Gauge(name, text, registry=registry).set_function(read)
