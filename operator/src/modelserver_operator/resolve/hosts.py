"""The names under which a server can be reached from outside: only those that the class lists."""

from __future__ import annotations

from collections.abc import Iterator

from modelserver_operator.api import ModelServer, ModelServerClass, Reason
from modelserver_operator.api.classaccess import Allowed
from modelserver_operator.resolve.outcome import Refusal


def hosts_are_allowed(server: ModelServer, server_class: ModelServerClass) -> Refusal | None:
    """Each host is on the class's list; an empty list allows none, for a host can take another team's traffic."""
    allowed = (server_class.spec.allowed or Allowed()).hosts
    for field, host in _hosts(server):
        if not any(covers(pattern, host) for pattern in allowed):
            name, listed = server_class.metadata.name, ", ".join(allowed) or "none"
            message = f"Class {name} does not allow the host {host}; it allows {listed} (allowed.hosts)."
            return Refusal(Reason.FORBIDDEN_BY_CLASS, message, field)
    return None


def covers(pattern: str, host: str) -> bool:
    """Whether an entry of the class's list is this host: `*` is every one, `*.example.com` all below example.com."""
    return pattern in ("*", host) or (pattern.startswith("*.") and host.endswith(pattern[1:]))


def _hosts(server: ModelServer) -> Iterator[tuple[str, str]]:
    """(field, host) of each host that is asked for."""
    asked = server.spec.expose
    if asked and asked.ingress:
        yield "spec.expose.ingress.host", asked.ingress.host
    if asked and asked.http_route:
        for index, host in enumerate(asked.http_route.hostnames):
            yield f"spec.expose.httpRoute.hostnames[{index}]", host
