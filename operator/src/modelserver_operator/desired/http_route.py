"""The HTTPRoute of the Gateway API: hosts, all paths, the server's Service."""

from __future__ import annotations

from modelserver_operator.api.expose import HTTPRouteExposure
from modelserver_operator.desired.manifest import Manifest, Owner
from modelserver_operator.desired.metadata import metadata
from modelserver_operator.desired.service import HTTP_PORT
from modelserver_operator.resolve import Resolved

# The request's way to the server and the answer's way back, so that the server's own timeout speaks first.
SPARE_SECONDS = 10


def http_route(resolved: Resolved, owner: Owner, exposed: HTTPRouteExposure) -> Manifest:
    """A gateway's own timeout may be as short as 15 s (Envoy's), and would cut streams: the route's covers the longest
    request."""
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": metadata(owner, resolved.name),
        "spec": {
            "parentRefs": [each.model_dump(by_alias=True, exclude_none=True) for each in exposed.parent_refs],
            "hostnames": list(exposed.hostnames),
            "rules": [
                {
                    "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
                    "backendRefs": [{"name": resolved.name, "port": HTTP_PORT}],
                    "timeouts": {"request": _longest_request(resolved)},
                }
            ],
        },
    }


def _longest_request(resolved: Resolved) -> str:
    bounds = resolved.admission
    longest = bounds.queue_timeout_seconds.value + bounds.request_timeout_seconds.value + SPARE_SECONDS
    # The Gateway API takes five digits of a unit at most, which seconds alone could exceed.
    minutes, seconds = divmod(longest, 60)
    return f"{minutes}m{seconds}s"
