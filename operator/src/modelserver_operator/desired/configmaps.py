"""The ConfigMaps that the runtime reads its configuration from."""

from __future__ import annotations

from modelserver_operator.desired import names
from modelserver_operator.desired.live_config import live_yaml
from modelserver_operator.desired.manifest import Manifest, Owner
from modelserver_operator.desired.metadata import metadata
from modelserver_operator.desired.start_config import start_yaml
from modelserver_operator.resolve import Resolved


def start_configmap(resolved: Resolved, owner: Owner) -> Manifest:
    """The start configuration; immutable, since its name says what is in it."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(owner, names.start(resolved)),
        "immutable": True,
        "data": {"start.yaml": start_yaml(resolved)},
    }


def live_configmap(resolved: Resolved, owner: Owner, *, name: str = "") -> Manifest:
    """The live configuration; the kubelet carries changes of it into running pods.

    name: that of another start configuration's, whose pods are to follow, too.
    """
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(owner, name or names.live(resolved)),
        "data": {"live.yaml": live_yaml(resolved), **_namespace(resolved)},
    }


def _namespace(resolved: Resolved) -> dict[str, str]:
    """Where counts are kept in a Redis, which may be that of servers of the same name in other namespaces. It is a file
    beside the live part, for in the start configuration it would replace pods."""
    rate = resolved.rate_limit
    return {"namespace": resolved.namespace} if rate and rate.redis else {}
