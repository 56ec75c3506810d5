"""The Ingress: one host, all paths, the server's Service."""

from __future__ import annotations

from typing import Any

from modelserver_operator.api.classaccess import ClassIngress
from modelserver_operator.api.expose import IngressExposure
from modelserver_operator.desired.manifest import Manifest, Owner
from modelserver_operator.desired.metadata import metadata
from modelserver_operator.resolve import Resolved


def ingress(resolved: Resolved, owner: Owner, exposed: IngressExposure) -> Manifest:
    """Which controller serves it, and how, is the platform's to say: the class has its name and its annotations."""
    of_class = resolved.placement.ingress or ClassIngress()
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": metadata(owner, resolved.name, annotations=of_class.annotations),
        "spec": {
            **({"ingressClassName": of_class.class_name} if of_class.class_name else {}),
            **_tls(exposed),
            "rules": [{"host": exposed.host, "http": {"paths": [_everything(resolved)]}}],
        },
    }


def _tls(exposed: IngressExposure) -> dict[str, Any]:
    secret = exposed.tls_secret_name
    return {"tls": [{"hosts": [exposed.host], "secretName": secret}]} if secret else {}


def _everything(resolved: Resolved) -> dict[str, Any]:
    backend = {"service": {"name": resolved.name, "port": {"name": "http"}}}
    return {"path": "/", "pathType": "Prefix", "backend": backend}
