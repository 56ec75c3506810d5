"""All children of a ModelServer, in the order in which they are applied."""

from __future__ import annotations

from collections.abc import Iterator

from modelserver_operator.desired.cache_claim import cache_claim
from modelserver_operator.desired.configmaps import live_configmap, start_configmap
from modelserver_operator.desired.deployment import deployment
from modelserver_operator.desired.disruption_budget import disruption_budget
from modelserver_operator.desired.horizontal_pod_autoscaler import horizontal_pod_autoscaler
from modelserver_operator.desired.http_route import http_route
from modelserver_operator.desired.ingress import ingress
from modelserver_operator.desired.manifest import Manifest, Owner
from modelserver_operator.desired.network_policy import network_policy
from modelserver_operator.desired.prometheus_rule import prometheus_rule
from modelserver_operator.desired.scaled_object import scaled_object
from modelserver_operator.desired.service import service
from modelserver_operator.desired.service_account import service_account
from modelserver_operator.desired.service_monitor import service_monitor
from modelserver_operator.resolve import HORIZONTAL_POD_AUTOSCALER, SCALED_OBJECT, Resolved


def desired(resolved: Resolved, owner: Owner) -> list[Manifest]:
    """Apply configurations: they name only the fields that we own, and what a pod needs comes before the pods."""
    return list(_children(resolved, owner))


def _children(resolved: Resolved, owner: Owner) -> Iterator[Manifest]:
    if resolved.placement.service_account_name is None:
        yield service_account(resolved, owner)
    yield start_configmap(resolved, owner)
    yield live_configmap(resolved, owner)
    if resolved.cache:
        yield cache_claim(resolved, owner, resolved.cache)
    yield network_policy(resolved, owner)
    yield deployment(resolved, owner)
    yield from _scaler(resolved, owner)
    yield disruption_budget(resolved, owner)
    yield service(resolved, owner)
    yield from _ways_in(resolved, owner)
    if resolved.service_monitor.value:
        yield service_monitor(resolved, owner)
    if resolved.alerts.value:
        yield prometheus_rule(resolved, owner)


def _scaler(resolved: Resolved, owner: Owner) -> Iterator[Manifest]:
    """One at most: two would give the same pods different numbers."""
    if resolved.autoscaling and resolved.scaler == HORIZONTAL_POD_AUTOSCALER:
        yield horizontal_pod_autoscaler(resolved, owner, resolved.autoscaling)
    if resolved.autoscaling and resolved.scaler == SCALED_OBJECT:
        yield scaled_object(resolved, owner, resolved.autoscaling)


def _ways_in(resolved: Resolved, owner: Owner) -> Iterator[Manifest]:
    if resolved.expose and resolved.expose.ingress:
        yield ingress(resolved, owner, resolved.expose.ingress)
    if resolved.expose and resolved.expose.http_route:
        yield http_route(resolved, owner, resolved.expose.http_route)
