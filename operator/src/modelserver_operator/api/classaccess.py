"""What a class allows, and what it adds to the objects of other products."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from modelserver_operator.api.fields import HostPattern, LabelKey, NamespaceName, ObjectName
from modelserver_operator.api.sources import SourceName
from modelserver_operator.api.struct import Struct, Unique


class Allowed(Struct):
    """Who may use the class, and for what."""

    namespaces: Annotated[tuple[NamespaceName, ...], Field(max_length=256), Unique()] = ()
    """namespaces whose ModelServers may use the class; an empty list allows all."""

    sources: Annotated[tuple[SourceName, ...], Field(max_length=3), Unique()] = ()
    """sources that models may come from; an empty list allows all."""

    hosts: Annotated[tuple[HostPattern, ...], Field(max_length=64), Unique()] = ()
    """hosts that ModelServers may be exposed under: one host, all below a suffix such as *.example.com, or * for all;
    an empty list allows none."""


class ClassIngress(Struct):
    """What every Ingress of the class's servers has."""

    class_name: ObjectName | None = None
    """className is the IngressClass; left out, the cluster's default."""

    annotations: Annotated[dict[LabelKey, Annotated[str, Field(max_length=1024)]], Field(max_length=32)] = Field(
        default_factory=dict
    )
    """annotations for the ingress controller, such as its timeouts."""
