"""What custom.metrics.k8s.io answers: discovery, values and refusals, in the forms that Kubernetes gives them. Pure.

Both versions say the same; they differ in where the metric's name stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from modelserver_operator.cluster import MODEL_SERVER
from modelserver_operator.resolve import identity
from modelserver_operator.status.load import Load

Document = dict[str, Any]

GROUP = "custom.metrics.k8s.io"
VERSIONS = ("v1beta2", "v1beta1")  # the preferred one first
RESOURCE = f"{MODEL_SERVER.plural}.{MODEL_SERVER.group}"
METRIC = identity.LOAD

# What is asked for, and answered, where all groups and what is in them are to be had at once.
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

# Kubernetes' own words for what the HTTP status says, for those that read no numbers.
REASONS: Mapping[int, str] = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    406: "NotAcceptable",
    500: "InternalError",
    503: "ServiceUnavailable",
}


def groups() -> Document:
    """APIGroupList: this group alone."""
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group()]}


def group() -> Document:
    """APIGroup: its versions."""
    return {"kind": "APIGroup", "apiVersion": "v1"} | _group()


def resources(version: str) -> Document:
    """APIResourceList: the metric, as a subresource of ModelServers."""
    resource = {
        "name": f"{RESOURCE}/{METRIC}",
        "singularName": "",
        "namespaced": True,
        "kind": "MetricValueList",
        "verbs": ["get"],
    }
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": f"{GROUP}/{version}",
        "resources": [resource],
    }


def aggregated() -> Document:
    """APIGroupDiscoveryList: all of the above in one."""
    versions = [
        {"version": version, "freshness": "Current", "resources": [_aggregated_resource(version)]}
        for version in VERSIONS
    ]
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": [{"metadata": {"name": GROUP}, "versions": versions}],
    }


def values(version: str, namespace: str, loads: Iterable[tuple[str, Load]], now: datetime) -> Document:
    """MetricValueList of ModelServers in one namespace, by name; those whose load is not known are left out."""
    items = [_value(version, namespace, name, load, now) for name, load in loads if load.unfinished is not None]
    return {"kind": "MetricValueList", "apiVersion": f"{GROUP}/{version}", "metadata": {}, "items": items}


def refusal(code: int, message: str) -> Document:
    """Status: why there is no answer."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "reason": REASONS[code],
        "code": code,
        "message": message,
    }


def _group() -> Document:
    versions = [{"groupVersion": f"{GROUP}/{version}", "version": version} for version in VERSIONS]
    return {"name": GROUP, "versions": versions, "preferredVersion": versions[0]}


def _aggregated_resource(version: str) -> Document:
    """There is nothing under the resource's own name, hence no kind and no verbs: only the metric below it."""
    kind = {"group": GROUP, "version": version, "kind": "MetricValueList"}
    metric = {"subresource": METRIC, "responseKind": kind, "verbs": ["get"]}
    return {
        "resource": RESOURCE,
        "responseKind": {"group": "", "version": "", "kind": ""},
        "scope": "Namespaced",
        "singularResource": "",
        "verbs": [],
        "subresources": [metric],
    }


def _value(version: str, namespace: str, name: str, load: Load, now: datetime) -> Document:
    # Without any pod there is no answer whose age could count: it is so now.
    taken = now if load.taken is None else datetime.fromtimestamp(load.taken, UTC)
    described = {
        "kind": MODEL_SERVER.name,
        "apiVersion": MODEL_SERVER.api_version,
        "namespace": namespace,
        "name": name,
    }
    metric: Document = {"metricName": METRIC} if version == "v1beta1" else {"metric": {"name": METRIC}}
    return {
        "describedObject": described,
        **metric,
        "timestamp": taken.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "value": str(load.unfinished),
    }
