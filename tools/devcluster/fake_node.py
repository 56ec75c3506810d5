"""A node without a kubelet: kwok reports it ready and its pods running. It schedules like a node; it runs nothing."""

from pathlib import Path
from typing import Any

from tools.devcluster.processes import Process, output
from tools.devcluster.sites import Site

MANAGED = {"kwok.x-k8s.io/node": "fake"}  # a Node with this annotation is kwok's
PROGRAM = "kwok"


def mounts(_: Path) -> dict[Path, str]:
    """kwok has no folders compiled in."""
    return {}


def prepare(site: Site) -> None:
    """Writes kwok's config: how its nodes and pods behave."""
    (site.layout.config / "kwok.yaml").write_text(output(site.binaries.path("kwok-stages")).stdout)


def runtime(_: Site) -> list[list[str]]:
    """Nothing runs pods."""
    return []


def fill_runtime(_: Site, __: Process) -> None:
    """So nothing needs images."""


def programs(site: Site) -> list[list[str]]:
    """The program that plays kubelet for every Node with the annotation."""
    selector = ",".join(f"{key}={value}" for key, value in MANAGED.items())
    return [
        [
            PROGRAM,
            f"--kubeconfig={site.layout.pki / 'kwok.kubeconfig'}",
            f"--config={site.layout.config / 'kwok.yaml'}",
            f"--manage-nodes-with-annotation-selector={selector}",
            f"--cidr={site.block.pods_of_node}",
            f"--node-ip={site.block.node}",
            "--node-lease-duration-seconds=40",
        ]
    ]


def ready(_: Site) -> bool:
    """A fake node has nothing besides its Node object."""
    return True


def objects(site: Site) -> list[dict[str, Any]]:
    """The Node: a machine with eight accelerators, which is what a model server is scheduled on."""
    capacity = {"cpu": "32", "memory": "256Gi", "ephemeral-storage": "1Ti", "pods": "110", "nvidia.com/gpu": "8"}
    labels = {
        "kubernetes.io/hostname": site.node,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "node.kubernetes.io/instance-type": "kwok",
    }
    return [
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": site.node, "annotations": MANAGED, "labels": labels},
            "status": {"capacity": capacity, "allocatable": capacity},
        }
    ]
