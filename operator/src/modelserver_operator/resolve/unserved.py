"""What can be asked for and is not done: for want of a kind in the cluster, or of a later release."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from modelserver_operator.api import ModelServer, Reason
from modelserver_operator.api.modelserver import ModelServerSpec
from modelserver_operator.api.monitoring import Monitoring
from modelserver_operator.api.struct import Struct
from modelserver_operator.resolve.facts import HTTP_ROUTE, SCALED_OBJECT, SERVICE_MONITOR, Facts
from modelserver_operator.resolve.outcome import Shortcoming


@dataclass(frozen=True)
class _Asked:
    """A field that cannot be followed. is_asked: whether the spec asks for it. instead: what happens now."""

    field: str
    is_asked: Callable[[ModelServerSpec], bool]
    instead: str


# What a later release does; nothing here opens a door.
LATER: tuple[_Asked, ...] = (
    _Asked(
        "spec.monitoring.alerts",
        lambda spec: (spec.monitoring or Monitoring()).alerts == "Enabled",
        "no alert rules are made",
    ),
    _Asked(
        "spec.monitoring.slo",
        lambda spec: _says_something((spec.monitoring or Monitoring()).slo),
        "no alert compares with it",
    ),
)

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
        SCALED_OBJECT,
        _Asked(
            "spec.autoscaling.metricsSource",
            lambda spec: spec.autoscaling is not None and spec.autoscaling.metrics_source == "KEDA",
            "the number of pods stays as it is",
        ),
    ),
)


BRINGS = {HTTP_ROUTE: "the Gateway API", SERVICE_MONITOR: "Prometheus' operator", SCALED_OBJECT: "KEDA"}


def shortcomings(server: ModelServer, facts: Facts) -> tuple[Shortcoming, ...]:
    """Everything that is asked for and not done, in a fixed order."""
    return (*_missing(server.spec, facts), *_later(server.spec))


def _missing(spec: ModelServerSpec, facts: Facts) -> Iterator[Shortcoming]:
    for kind, asked in NEEDS_KIND:
        if kind not in facts.kinds and asked.is_asked(spec):
            message = f"{asked.field} needs the kind {kind}, which this cluster does not have: {asked.instead}. "
            message += f"Install {BRINGS[kind]}, or remove the field."
            yield Shortcoming(Reason.KIND_NOT_SERVED, asked.field, message, kind)


def _later(spec: ModelServerSpec) -> Iterator[Shortcoming]:
    for asked in LATER:
        if asked.is_asked(spec):
            message = f"This release does not do yet what {asked.field} asks for: {asked.instead}."
            yield Shortcoming(Reason.NOT_SERVED, asked.field, message)


def _says_something(part: Struct | None) -> bool:
    return part is not None and any(value is not None for _, value in part)
