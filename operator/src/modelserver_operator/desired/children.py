"""All children of a ModelServer, in the order in which they are applied."""

from __future__ import annotations

from modelserver_operator.desired.configmaps import live_configmap, start_configmap
from modelserver_operator.desired.deployment import deployment
from modelserver_operator.desired.manifest import Manifest, Owner
from modelserver_operator.desired.service import service
from modelserver_operator.resolve import Resolved


def desired(resolved: Resolved, owner: Owner) -> list[Manifest]:
    """Apply configurations: they name only the fields that we own, and the configuration comes before its reader."""
    return [
        start_configmap(resolved, owner),
        live_configmap(resolved, owner),
        deployment(resolved, owner),
        service(resolved, owner),
    ]
