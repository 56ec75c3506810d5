"""The CustomResourceDefinitions, generated from the types; crds/ and the chart hold what `modelserver crd` writes."""

from __future__ import annotations

from typing import Any

from modelserver_operator.api.modelserver import ModelServer
from modelserver_operator.api.modelserverclass import ModelServerClass
from modelserver_operator.api.structural import Schema, structural

GROUP = "modelserver.dev"
VERSION = "v1alpha1"


def crds() -> list[dict[str, Any]]:
    """Both definitions, as manifests."""
    return [modelservers(), modelserverclasses()]


def modelservers() -> dict[str, Any]:
    """The definition of ModelServer: namespaced, with status and scale."""
    schema = _whole_object(structural(ModelServer))
    names = {"kind": "ModelServer", "plural": "modelservers", "singular": "modelserver", "shortNames": ["ms"]}
    return _definition(names | {"categories": ["all"]}, "Namespaced", _served_version(schema))


def modelserverclasses() -> dict[str, Any]:
    """The definition of ModelServerClass: cluster-scoped, with no status."""
    names = {"kind": "ModelServerClass", "plural": "modelserverclasses", "singular": "modelserverclass"}
    version = {
        "name": VERSION,
        "served": True,
        "storage": True,
        "additionalPrinterColumns": [
            _column("Device", ".spec.device"),
            _column("Accelerator", ".spec.accelerator.resourceName"),
            _column("Image", ".spec.image", priority=1),
            _column("Age", ".metadata.creationTimestamp", kind="date"),
        ],
        "schema": {"openAPIV3Schema": _whole_object(structural(ModelServerClass))},
    }
    return _definition(names | {"shortNames": ["msc"]}, "Cluster", version)


def _served_version(schema: Schema) -> dict[str, Any]:
    return {
        "name": VERSION,
        "served": True,
        "storage": True,
        "subresources": {
            "status": {},
            "scale": {
                "specReplicasPath": ".spec.replicas",
                "statusReplicasPath": ".status.replicas",
                "labelSelectorPath": ".status.selector",
            },
        },
        # Nothing that only this table would show: each change of it would be a write of status.
        "additionalPrinterColumns": [
            _column("Ready", '.status.conditions[?(@.type=="Ready")].status'),
            _column("Model", ".spec.model.*['repo','reference','path','claimName']"),
            _column("Replicas", ".status.replicas", kind="integer"),
            _column("Reason", '.status.conditions[?(@.type=="Ready")].reason', priority=1),
            _column("URL", ".status.url", priority=1),
            _column("Age", ".metadata.creationTimestamp", kind="date"),
        ],
        "schema": {"openAPIV3Schema": schema},
    }


def _definition(names: dict[str, Any], scope: str, version: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{names['plural']}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "names": {**names, "listKind": f"{names['kind']}List"},
            "scope": scope,
            "versions": [version],
        },
    }


def _whole_object(schema: Schema) -> Schema:
    """The API server has its own rules for the type and the metadata of every object."""
    properties = dict(schema["properties"])
    for key in ("apiVersion", "kind"):
        properties[key] = {"type": "string", "description": properties[key]["description"]}
    # Rules about the name point at it, which they can only do at a field that is described.
    properties["metadata"] = {"type": "object", "properties": {"name": {"type": "string"}}}
    return {**schema, "properties": properties, "required": ["spec"]}


def _column(name: str, path: str, *, kind: str = "string", priority: int = 0) -> dict[str, Any]:
    column = {"name": name, "type": kind, "jsonPath": path}
    return column | ({"priority": priority} if priority else {})
