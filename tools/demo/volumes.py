"""Folders of this machine as read-only volumes: the model, its vectors and the engine.

In production a class's image holds the engine, and the model lies on whatever the cluster offers for volumes.
"""

from pathlib import Path

from tools.demo.kubectl import Manifest
from tools.setup.fresh import remove


def read_only(claim: str, namespace: str, folder: Path) -> list[Manifest]:
    """A PersistentVolume on `folder` and the claim in `namespace` that is bound to it."""
    name = f"{namespace}-{claim}"
    capacity = {"storage": "10Gi"}  # has to be stated; nothing is ever written
    return [
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": name},
            "spec": {
                "accessModes": ["ReadOnlyMany"],
                "capacity": capacity,
                "claimRef": {"namespace": namespace, "name": claim},
                "hostPath": {"path": str(folder), "type": "Directory"},
                "persistentVolumeReclaimPolicy": "Retain",
                "storageClassName": "",
            },
        },
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": claim, "namespace": namespace},
            "spec": {
                "accessModes": ["ReadOnlyMany"],
                "resources": {"requests": capacity},
                "storageClassName": "",
                "volumeName": name,
            },
        },
    ]


def pointer(link: Path, target: Path) -> Path:
    """A symbolic link to `target`: a volume's path can never change, what lies in the cache does."""
    link.parent.mkdir(parents=True, exist_ok=True)
    remove(link)
    link.symlink_to(target)
    return link
