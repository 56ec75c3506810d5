"""The way in from outside of the cluster."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from modelserver_operator.api.fields import HostName, NamespaceName, ObjectName
from modelserver_operator.api.rules import Rule, exactly_one
from modelserver_operator.api.struct import Ordered, Struct, Unique


class IngressExposure(Struct):
    """An Ingress, of the class's ingress class and with its annotations."""

    host: HostName
    """host that clients call, which the ModelServerClass must allow."""

    tls_secret_name: ObjectName | None = None
    """tlsSecretName names a Secret with the host's certificate; left out, the Ingress has no TLS of its own."""


class ParentRef(Struct):
    """A Gateway."""

    name: ObjectName
    """name of the Gateway."""

    namespace: NamespaceName | None = None
    """namespace of the Gateway; left out, the ModelServer's."""

    section_name: ObjectName | None = None
    """sectionName is one listener of the Gateway; left out, all that accept the route."""


class HTTPRouteExposure(Struct):
    """An HTTPRoute of the Gateway API."""

    parent_refs: Annotated[tuple[ParentRef, ...], Field(min_length=1, max_length=8), Ordered()]
    """parentRefs are the Gateways that the route belongs to."""

    hostnames: Annotated[tuple[HostName, ...], Field(min_length=1, max_length=16), Unique()]
    """hostnames that clients call, which the ModelServerClass must allow."""


class Expose(Struct):
    """Exactly one way in."""

    rules: ClassVar[tuple[Rule, ...]] = (exactly_one(ingress="ingress", http_route="httpRoute"),)

    ingress: IngressExposure | None = None
    """ingress makes an Ingress."""

    http_route: HTTPRouteExposure | None = None
    """httpRoute makes an HTTPRoute, where the cluster has the Gateway API."""
