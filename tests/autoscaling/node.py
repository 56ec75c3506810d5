"""A node where nothing happens by itself, for pods that are played; it lives as long as somebody renews its Lease."""

from datetime import UTC, datetime

from tests.controlplane.kube import Manifest

RENEW_SECONDS = 10.0  # as a kubelet does; Kubernetes gives a node up after 50


def node(name: str) -> Manifest:
    """The Node, which is healthy; of all pods only those go to it that want to."""
    capacity = {"cpu": "4k", "memory": "8Ti", "ephemeral-storage": "8Ti", "pods": "4k"}
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    told = {"reason": "KubeletReady", "message": "", "lastHeartbeatTime": now, "lastTransitionTime": now}
    ready = {"type": "Ready", "status": "True"} | told
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"bare": "yes"}},
        "spec": {"taints": [{"key": "bare", "effect": "NoSchedule"}]},
        "status": {"capacity": capacity, "allocatable": capacity, "conditions": [ready]},
    }


def lease(name: str) -> Manifest:
    """The Lease that says that the node lives, now. Without it Kubernetes takes the node for dead a minute after it was
    made, and says of all its pods that they are not Ready."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": name, "namespace": "kube-node-lease"},
        "spec": {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": now},
    }
