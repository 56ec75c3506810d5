"""From resolved values to the manifests of the children: pure, one builder a file."""

from modelserver_operator.desired.children import desired
from modelserver_operator.desired.configmaps import live_configmap
from modelserver_operator.desired.deployment import replicas, template_digest, with_room
from modelserver_operator.desired.disruption_budget import budgeted
from modelserver_operator.desired.live_config import live_digest
from modelserver_operator.desired.manifest import Manifest, Owner
from modelserver_operator.desired.metadata import annotated

__all__ = [
    "Manifest",
    "Owner",
    "annotated",
    "budgeted",
    "desired",
    "live_configmap",
    "live_digest",
    "replicas",
    "template_digest",
    "with_room",
]
