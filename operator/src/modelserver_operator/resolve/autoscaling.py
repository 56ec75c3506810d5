"""Between which numbers of pods the load decides, by which load, and who tells it."""

from __future__ import annotations

from collections.abc import Iterator

from modelserver_operator.api import ModelServer
from modelserver_operator.api.autoscaling import Autoscaling, Source
from modelserver_operator.resolve.admission import admission
from modelserver_operator.resolve.facts import SCALED_OBJECT, Facts, MetricsApi
from modelserver_operator.resolve.outcome import ResolvedAutoscaling, Valued

# How fast a scaler adds pods: from one to five, to ten, to twenty, as often as it looks. These are Kubernetes' own
# bounds; a wrong reading costs no more than one such step.
PERIOD_SECONDS, PODS_AT_ONCE = 15, 4

SOURCES: tuple[Source, ...] = ("BuiltIn", "KEDA", "PrometheusAdapter")


def autoscaling(server: ModelServer, facts: Facts, former: str) -> ResolvedAutoscaling | None:
    """None where spec.replicas decides. former: the source that was chosen before, which a cluster that gains another
    does not change; empty: none."""
    asked = server.spec.autoscaling
    if asked is None:
        return None
    return ResolvedAutoscaling(
        min_replicas=Valued(asked.min_replicas, "spec.autoscaling.minReplicas"),
        max_replicas=Valued(asked.max_replicas, "spec.autoscaling.maxReplicas"),
        target=target(server),
        scale_down_window_seconds=Valued(asked.scale_down_window_seconds, "spec.autoscaling.scaleDownWindowSeconds"),
        source=_source(asked, former, facts),
    )


def target(server: ModelServer) -> Valued[int]:
    """How many unfinished requests one pod should have. Three quarters of what it runs at once: new pods are asked for
    before requests wait."""
    asked = server.spec.autoscaling.target_unfinished_requests if server.spec.autoscaling else None
    if asked is not None:
        return Valued(asked, "spec.autoscaling.targetUnfinishedRequests")
    running = admission(server).max_running.value
    return Valued(max(1, -(-running * 3 // 4)), f"three quarters of admission.maxRunning, which is {running}")


def _source(asked: Autoscaling, former: str, facts: Facts) -> Valued[Source]:
    if asked.metrics_source != "Auto":
        return Valued(asked.metrics_source, "spec.autoscaling.metricsSource")
    would_be = next(_possible(facts))
    if former == would_be.value:
        return would_be  # with the reason for which it was chosen
    kept = (source for source in SOURCES if source == former and _has(source, facts))
    return next((Valued(source, "Auto: as it was chosen before, and still there") for source in kept), would_be)


def _possible(facts: Facts) -> Iterator[Valued[Source]]:
    """Which sources the cluster has, the one first that needs the least; at last what serves where there is none."""
    if _has("BuiltIn", facts):
        yield Valued("BuiltIn", "Auto: this operator serves custom.metrics.k8s.io")
    if _has("KEDA", facts):
        yield Valued("KEDA", f"Auto: the cluster has kind {SCALED_OBJECT}")
    if _has("PrometheusAdapter", facts):
        yield Valued("PrometheusAdapter", "Auto: somebody else serves custom.metrics.k8s.io, and there is no KEDA")
    yield Valued("PrometheusAdapter", "Auto: nothing tells scalers the load yet, and whatever comes to do so is read")


def _has(source: Source, facts: Facts) -> bool:
    """Whether scalers can read the load from it, as far as is known."""
    if source == "BuiltIn":
        return facts.metrics.api == MetricsApi.OURS
    if source == "KEDA":
        return SCALED_OBJECT in facts.kinds and facts.metrics.for_keda
    return facts.metrics.api == MetricsApi.FOREIGN
