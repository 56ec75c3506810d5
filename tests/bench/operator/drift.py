"""How long a Deployment stays other than wished after somebody has changed a field that is ours."""

import json
import time

from tests.controlplane.kube import Kube, Manifest, path

FIELD = "progressDeadlineSeconds"  # of the spec; a change of it starts no pod anew
PATIENCE_SECONDS = 30


def repaired_after(kube: Kube, namespace: str, name: str) -> float:
    """Seconds from the answer to the change until the API server tells of the repair."""
    live = kube.read("Deployment", name, namespace)
    wished = live["spec"][FIELD]
    changed = kube.patch("Deployment", name, namespace, {"spec": {FIELD: wished + 1}})
    start = time.monotonic()
    _wait_until(kube, changed, wished)
    return time.monotonic() - start


def _wait_until(kube: Kube, changed: Manifest, wished: int) -> None:
    metadata = changed["metadata"]
    query = {
        "resourceVersion": metadata["resourceVersion"],
        "timeoutSeconds": str(PATIENCE_SECONDS),
        "fieldSelector": f"metadata.name={metadata['name']}",
    }
    with kube.stream(path("apps/v1", "Deployment", metadata["namespace"]), **query) as lines:
        for line in lines:
            if json.loads(line)["object"]["spec"][FIELD] == wished:
                return
    raise AssertionError(f"the Deployment of {metadata['name']} was not repaired in {PATIENCE_SECONDS} s")
