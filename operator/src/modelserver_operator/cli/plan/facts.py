"""What a user can find out of a cluster: what it serves by asking, the installation's choices by what it has made."""

from __future__ import annotations

from collections.abc import Sequence

from modelserver_operator.autoscale.documents import GROUP, METRIC, RESOURCE, VERSIONS
from modelserver_operator.autoscale.registration import NAMES, Registered, Registration
from modelserver_operator.cluster import (
    API_SERVICE,
    NETWORK_POLICY,
    PROMETHEUS_RULE,
    SCALED_OBJECT,
    Cluster,
    Kind,
    Manifest,
    Rejected,
)
from modelserver_operator.desired.network_policy import caretakers
from modelserver_operator.desired.prometheus_rule import runbook_of
from modelserver_operator.desired.scaled_object import asked_of
from modelserver_operator.discovery import optional_kinds
from modelserver_operator.observe import CHILD_SELECTOR
from modelserver_operator.resolve import ASSUMED, Facts, Metrics, MetricsApi, identity

METRIC_OF_SERVERS = Kind(f"{GROUP}/{VERSIONS[0]}", "MetricValueList", f"{RESOURCE}/{METRIC}")
BY_SOURCE = {"BuiltIn": MetricsApi.OURS, "PrometheusAdapter": MetricsApi.FOREIGN}


async def facts(cluster: Cluster, namespace: str, name: str, former_source: str) -> Facts:
    """For a ModelServer of this name; its own children tell more than others' do. Raises ClusterError."""
    kinds = await optional_kinds(cluster)
    operator, monitoring = await _caretakers(cluster, namespace, name)
    return Facts(
        kinds=kinds,
        kubernetes=await cluster.version(),
        operator_namespace=operator,
        monitoring_namespaces=monitoring,
        metrics=await _metrics(cluster, namespace, name, former_source, scaled=SCALED_OBJECT.name in kinds),
        runbook_url=await _runbook(cluster, namespace, name) if PROMETHEUS_RULE.name in kinds else "",
    )


def in_words(found: Facts) -> str:
    """The facts that a reader can check."""
    version = ".".join(map(str, found.kubernetes or ("unknown",)))
    kinds = ", ".join(sorted(found.kinds)) or "none"
    operator = found.operator_namespace or "not known"
    metrics = {
        MetricsApi.OURS: "the operator",
        MetricsApi.FOREIGN: found.metrics.holder or "somebody else",
        MetricsApi.ABSENT: "nobody, as far as it may be read",
    }[found.metrics.api]
    return (
        f"Kubernetes {version}; optional kinds: {kinds}; custom.metrics.k8s.io is served by {metrics}; "
        f"namespace of the operator: {operator}"
    )


async def _caretakers(cluster: Cluster, namespace: str, name: str) -> tuple[str, tuple[str, ...]]:
    found = await _made(cluster, NETWORK_POLICY, namespace, name)
    return caretakers(found[0]) if found else ("", ())


async def _runbook(cluster: Cluster, namespace: str, name: str) -> str:
    found = await _made(cluster, PROMETHEUS_RULE, namespace, name)
    return runbook_of(found[0]) if found else ""


async def _metrics(cluster: Cluster, namespace: str, name: str, former_source: str, *, scaled: bool) -> Metrics:
    registered = await _registered(cluster, former_source)
    made = await _made(cluster, SCALED_OBJECT, namespace, name) if scaled else []
    load_url, prometheus_url = asked_of(made[0]) if made else (ASSUMED.metrics.load_url, "")
    return Metrics(registered.api, registered.holder, load_url, prometheus_url)


async def _registered(cluster: Cluster, former_source: str) -> Registered:
    """Who serves custom.metrics.k8s.io. Where that may not be read, it is who told the scaler until now; and where
    nobody did, the operator, if somebody serves its metric."""
    try:
        found = [await cluster.get(API_SERVICE, None, each) for each in NAMES]
    except Rejected:
        guess = MetricsApi.OURS if await cluster.serves(METRIC_OF_SERVERS) else MetricsApi.ABSENT
        return Registered(BY_SOURCE.get(former_source, guess))
    ours = next((each for each in found if each and _is_ours(each)), None)
    service = ours["spec"].get("service") or {} if ours else {}
    return await Registration(cluster, service.get("namespace", ""), service.get("name", "")).look()


def _is_ours(api_service: Manifest) -> bool:
    """By the labels that the chart gives everything."""
    labels = api_service["metadata"].get("labels") or {}
    return all(labels.get(key) == value for key, value in identity.OPERATOR.items())


async def _made(cluster: Cluster, kind: Kind, namespace: str, name: str) -> Sequence[Manifest]:
    """What the operator has made of this kind: for this server first, then for others that may be read."""
    for place in (namespace, None):
        try:
            found = await cluster.list_all(kind, place, labels=CHILD_SELECTOR)
        except Rejected:
            continue
        if found:
            return sorted(found, key=lambda each: each["metadata"]["name"] != name)
    return []
