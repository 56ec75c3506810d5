"""Events of a ModelServer, as `kubectl describe` shows them. Posted on transitions only: a quiet server makes none."""

import secrets
from datetime import datetime

from modelserver_operator.cluster.kinds import EVENT, Manifest

CONTROLLER = "modelserver.dev/operator"
NOTE_LIMIT = 1024  # bytes; events.k8s.io/v1 refuses a longer note


def event(about: Manifest, *, reason: str, note: str, warning: bool, instance: str, now: datetime) -> Manifest:
    """One Event about an object: `reason` in CamelCase, `note` a sentence, `instance` the operator process's name."""
    metadata = about["metadata"]
    return {
        "apiVersion": EVENT.api_version,
        "kind": EVENT.name,
        "metadata": {
            "namespace": metadata["namespace"],
            "name": f"{metadata['name']}.{secrets.token_hex(8)}",
        },
        "eventTime": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "type": "Warning" if warning else "Normal",
        "reason": reason,
        "action": "Reconcile",
        "note": note.encode()[:NOTE_LIMIT].decode(errors="ignore"),
        "reportingController": CONTROLLER,
        "reportingInstance": instance[:128],
        "regarding": {
            "apiVersion": about["apiVersion"],
            "kind": about["kind"],
            "namespace": metadata["namespace"],
            "name": metadata["name"],
            "uid": metadata["uid"],
            "resourceVersion": metadata["resourceVersion"],
        },
    }
