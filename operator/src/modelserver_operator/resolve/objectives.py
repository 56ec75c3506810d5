"""The service that is promised, as far as the runtime's histograms can tell whether it is kept."""

from __future__ import annotations

from modelserver_operator.api import ModelServer
from modelserver_operator.api.monitoring import Monitoring, Objectives
from modelserver_operator.resolve.outcome import ResolvedObjectives, Valued

# The bounds of the runtime's histograms, in seconds; a test compares them with the runtime's own.
FIRST_TOKEN_BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 30.0, 60.0)
WHOLE_BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 7.5, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 120.0, 300.0)
BOUNDS = {"ttft_p95_milliseconds": FIRST_TOKEN_BOUNDS, "e2e_p95_milliseconds": WHOLE_BOUNDS}


def objectives(server: ModelServer) -> ResolvedObjectives:
    """What is promised and can be told apart."""
    asked = asked_for(server)
    unseen = beyond_measure(asked)
    ttft, e2e = (getattr(asked, name) if name not in unseen else None for name in BOUNDS)
    return ResolvedObjectives(
        ttft_p95_milliseconds=None if ttft is None else Valued(ttft, "spec.monitoring.slo.ttftP95Milliseconds"),
        e2e_p95_milliseconds=None if e2e is None else Valued(e2e, "spec.monitoring.slo.e2eP95Milliseconds"),
        max_error_rate=Valued(rate, "spec.monitoring.slo.maxErrorRate") if (rate := asked.max_error_rate) else None,
    )


def beyond_measure(asked: Objectives) -> dict[str, int]:
    """By the objective's name, the most milliseconds that the runtime tells apart, where more are promised."""
    most = {name: int(bounds[-1] * 1000) for name, bounds in BOUNDS.items()}
    return {name: bound for name, bound in most.items() if (getattr(asked, name) or 0) > bound}


def asked_for(server: ModelServer) -> Objectives:
    """What the ModelServer promises; nothing where it says nothing."""
    return (server.spec.monitoring or Monitoring()).slo or Objectives()
