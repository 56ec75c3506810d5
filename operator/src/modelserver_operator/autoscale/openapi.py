"""What custom.metrics.k8s.io says of itself in OpenAPI, version 2 for all at once and 3 for each version. Pure.

The API server merges the first into its own and passes the second on; it takes out what is not under the path of an
APIService, so every definition that a path names stands beside it.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from modelserver_operator.autoscale.documents import GROUP, METRIC, RESOURCE, VERSIONS

Document = dict[str, Any]

TITLE = {"title": "ModelServer metrics", "version": "v1"}
PACKAGE = "io.k8s.metrics.pkg.apis.custom_metrics"  # as every server of this group names its definitions
STRING: Document = {"type": "string"}


def v2() -> Document:
    """Swagger 2.0: the paths and definitions of both versions."""
    paths = {_path(version): _item_v2(version) for version in VERSIONS}
    definitions = {name: schema for version in VERSIONS for name, schema in _schemas(version, "#/definitions").items()}
    return {"swagger": "2.0", "info": TITLE, "paths": paths, "definitions": definitions}


def v3(version: str) -> Document:
    """OpenAPI 3.0: the path and schemas of one version."""
    schemas = _schemas(version, "#/components/schemas")
    return {
        "openapi": "3.0.0",
        "info": TITLE,
        "paths": {_path(version): _item_v3(version)},
        "components": {"schemas": schemas},
    }


def v3_paths() -> Document:
    """Where the documents of version 3 are, each under a name that changes with its content."""
    return {
        "paths": {
            f"apis/{GROUP}/{version}": {
                "serverRelativeURL": f"/openapi/v3/apis/{GROUP}/{version}?hash={digest(v3(version))}"
            }
            for version in VERSIONS
        }
    }


def digest(document: Document) -> str:
    """Changes with the document's content, and with nothing else."""
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest().upper()


def _path(version: str) -> str:
    return f"/apis/{GROUP}/{version}/namespaces/{{namespace}}/{RESOURCE}/{{name}}/{METRIC}"


def _operation(version: str) -> Document:
    return {
        "operationId": f"read{version.capitalize()}ModelServerUnfinishedRequests",
        "description": "How many requests the pods of a ModelServer have, running and waiting; * lists all known.",
        "tags": [f"{GROUP}_{version}"],
        "x-kubernetes-action": "get",
        "x-kubernetes-group-version-kind": _kind(version, "MetricValueList"),
    }


def _item_v2(version: str) -> Document:
    parameters: list[Document] = [
        {"name": name, "in": "path", "required": True, "type": "string", "uniqueItems": True}
        for name in ("namespace", "name")
    ]
    schema = {"$ref": f"#/definitions/{_name(version, 'MetricValueList')}"}
    responses = {"200": {"description": "OK", "schema": schema}, "401": {"description": "Unauthorized"}}
    operation = _operation(version) | {
        "produces": ["application/json"],
        "schemes": ["https"],
        "responses": responses,
    }
    return {"get": operation, "parameters": parameters}


def _item_v3(version: str) -> Document:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": STRING | {"uniqueItems": True}}
        for name in ("namespace", "name")
    ]
    schema = {"$ref": f"#/components/schemas/{_name(version, 'MetricValueList')}"}
    content = {"application/json": {"schema": schema}}
    responses = {"200": {"description": "OK", "content": content}, "401": {"description": "Unauthorized"}}
    return {"get": _operation(version) | {"responses": responses}, "parameters": parameters}


def _schemas(version: str, root: str) -> dict[str, Document]:
    """All in place, without a reference to Kubernetes' own: those differ between its versions."""
    value_ref: Document = {"$ref": f"{root}/{_name(version, 'MetricValue')}"}
    if root == "#/components/schemas":  # beside a reference nothing else may stand there
        value_ref = {"allOf": [value_ref], "default": {}}
    values = _object(
        "Values of a metric.",
        ["items"],
        apiVersion=STRING,
        kind=STRING,
        metadata={"type": "object"},
        items={"type": "array", "items": value_ref},
    )
    return {
        _name(version, "MetricValueList"): values
        | {"x-kubernetes-group-version-kind": [_kind(version, "MetricValueList")]},
        _name(version, "MetricValue"): _value(version),
    }


def _value(version: str) -> Document:
    described = _object("What the value is of.", [], kind=STRING, namespace=STRING, name=STRING, apiVersion=STRING)
    name: Document = (
        {"metricName": STRING}
        if version == "v1beta1"
        else {"metric": _object("Which metric it is.", ["name"], name=STRING)}
    )
    return _object(
        "The value of a metric of one object.",
        ["describedObject", *name, "timestamp", "value"],
        describedObject=described,
        timestamp=STRING | {"format": "date-time"},
        value=STRING | {"description": "A quantity."},
        **name,
    )


def _object(description: str, required: list[str], **properties: Document) -> Document:
    schema: Document = {"type": "object", "description": description, "properties": properties}
    return schema | ({"required": required} if required else {})


def _name(version: str, kind: str) -> str:
    return f"{PACKAGE}.{version}.{kind}"


def _kind(version: str, kind: str) -> Document:
    return {"group": GROUP, "version": version, "kind": kind}
