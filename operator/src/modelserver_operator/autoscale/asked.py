"""What a path of the metrics API asks for, and in which words a cluster's rules of access speak of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from modelserver_operator.autoscale.documents import AGGREGATED, GROUP, METRIC, RESOURCE, VERSIONS

ALL = "*"  # in the place of a name: all objects


@dataclass(frozen=True)
class Resource:
    """What is below a version, as the API server takes a path apart; empty where the path ends before."""

    version: str
    namespace: str
    resource: str
    name: str = ""
    subresource: str = ""

    @property
    def verb(self) -> str:
        """What a GET does."""
        return "get" if self.name else "list"

    @property
    def served(self) -> bool:
        """Whether it is the metric, of one ModelServer or of all in one namespace."""
        place = self.version in VERSIONS and bool(self.namespace and self.name)
        return place and (self.resource, self.subresource) == (RESOURCE, METRIC)


def resource(path: str) -> Resource | None:
    """What a path, without any escapes, asks for; None for those that name no resource, such as discovery."""
    parts = path.strip("/").split("/")
    if len(parts) < 4 or parts[:2] != ["apis", GROUP]:
        return None
    version, rest = parts[2], parts[3:]
    namespace = rest[1] if rest[0] == "namespaces" and len(rest) > 1 else ""
    if rest[0] == "namespaces" and len(rest) > 2:
        rest = rest[2:]
    name, subresource = (*rest[1:3], "", "")[:2]
    return Resource(version, namespace, rest[0], name, subresource)


def wants_aggregated(accept: str) -> bool:
    """Whether a caller of /apis takes all groups and what is in them at once."""
    wanted = _parts(AGGREGATED)
    return any(wanted <= _parts(media_range) for media_range in accept.split(","))


def takes_json(accept: str) -> bool:
    """Whether a caller takes JSON at all; who names nothing takes everything."""
    kinds = {media_range.split(";")[0].strip().lower() for media_range in accept.split(",")}
    return not accept.strip() or bool(kinds & {"application/json", "application/*", "*/*"})


def _parts(media_range: str) -> frozenset[str]:
    return frozenset(part.strip() for part in media_range.split(";"))
