"""Keeps a node Ready that has no kubelet: without, its pods are called not Ready after a minute."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from tests.controlplane.kube import Kube

NAMESPACE = "kube-node-lease"
SECONDS = 10.0  # as a kubelet does


@contextmanager
def beating(kube: Kube, node: str) -> Iterator[None]:
    """The node is Ready until the block ends."""
    condition = {"type": "Ready", "status": "True", "reason": "Played", "lastHeartbeatTime": _now()}
    kube.patch("Node", node, None, {"status": {"conditions": [condition]}}, subresource="status")
    ended = threading.Event()
    thread = threading.Thread(target=_beat, args=(kube, node, ended))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _beat(kube: Kube, node: str, ended: threading.Event) -> None:
    metadata = {"name": node, "namespace": NAMESPACE}
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata}
    while not ended.wait(SECONDS):
        kube.apply(lease | {"spec": {"holderIdentity": node, "renewTime": _now()}})


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
