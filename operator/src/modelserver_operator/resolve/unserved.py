"""What can be asked for and is not done: for want of a kind in the cluster, or of a histogram's bound."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from modelserver_operator.api import ModelServer, Reason
from modelserver_operator.api.modelserver import ModelServerSpec
from modelserver_operator.api.monitoring import Monitoring, Objectives
from modelserver_operator.resolve.facts import HTTP_ROUTE, PROMETHEUS_RULE, SCALED_OBJECT, SERVICE_MONITOR, Facts
from modelserver_operator.resolve.objectives import asked_for, beyond_measure
from modelserver_operator.resolve.outcome import Shortcoming


@dataclass(frozen=True)
class _Asked:
    """A field that cannot be followed. is_asked: whether the spec asks for it. instead: what happens now."""

    field: str
    is_asked: Callable[[ModelServerSpec], bool]
    instead: str


# (kind, asked) of what needs an optional kind.
NEEDS_KIND: tuple[tuple[str, _Asked], ...] = (
    (
        HTTP_ROUTE,
        _Asked(
            "spec.expose.httpRoute",
            lambda spec: spec.expose is not None and spec.expose.http_route is not None,
            "the server is reached from inside of the cluster only",
        ),
    ),
    (
        SERVICE_MONITOR,
        _Asked(
            "spec.monitoring.serviceMonitor",
            lambda spec: (spec.monitoring or Monitoring()).service_monitor == "Enabled",
            "Prometheus finds the server only by other means",
        ),
    ),
    (
        PROMETHEUS_RULE,
        _Asked(
            "spec.monitoring.alerts",
            lambda spec: (spec.monitoring or Monitoring()).alerts == "Enabled",
            "no alert rules are made",
        ),
    ),
    (
        PROMETHEUS_RULE,
        _Asked(
            "spec.monitoring.slo",
            lambda spec: spec.monitoring is not None and _is_watched(spec.monitoring),
            "no alert compares with it",
        ),
    ),
    (
        SCALED_OBJECT,
        _Asked(
            "spec.autoscaling.metricsSource",
            lambda spec: spec.autoscaling is not None and spec.autoscaling.metrics_source == "KEDA",
            "the number of pods stays as it is",
        ),
    ),
)


PROMETHEUS = "Prometheus' operator"
BRINGS = {
    HTTP_ROUTE: "the Gateway API",
    SERVICE_MONITOR: PROMETHEUS,
    PROMETHEUS_RULE: PROMETHEUS,
    SCALED_OBJECT: "KEDA",
}


def shortcomings(server: ModelServer, facts: Facts) -> tuple[Shortcoming, ...]:
    """Everything that is asked for and not done, in a fixed order."""
    return (*_missing(server.spec, facts), *_unseen(server))


def _missing(spec: ModelServerSpec, facts: Facts) -> Iterator[Shortcoming]:
    for kind, asked in NEEDS_KIND:
        if kind not in facts.kinds and asked.is_asked(spec):
            message = f"{asked.field} needs the kind {kind}, which this cluster does not have: {asked.instead}. "
            message += f"Install {BRINGS[kind]}, or remove the field."
            yield Shortcoming(Reason.KIND_NOT_SERVED, asked.field, message, kind)


def _unseen(server: ModelServer) -> Iterator[Shortcoming]:
    """Objectives beyond the last bound of the histogram that they are about."""
    for name, most in beyond_measure(asked_for(server)).items():
        field = f"spec.monitoring.slo.{Objectives.model_fields[name].alias}"
        message = f"{field} is more than {most} ms, beyond which the runtime does not tell times apart: no alert "
        message += f"compares with it. Set it to {most} or less, or remove the field."
        yield Shortcoming(Reason.NOT_SERVED, field, message)


def _is_watched(monitoring: Monitoring) -> bool:
    """Whether alerts are asked for that compare with an objective; Auto asks for none where the cluster has none."""
    promised = any(value is not None for _, value in monitoring.slo or ())
    return promised and monitoring.alerts == "Enabled"
