"""The cgroups that pods live in, in either version of the kernel's interface.

The kubelet wants its root cgroup to exist. In version 1 that is a folder in each hierarchy, in version 2 one folder
whose parent hands down its controllers.
"""

import hashlib
from functools import partial
from pathlib import Path

from tools.devcluster.errors import DevclusterError, MachineError
from tools.devcluster.places import Layout
from tools.devcluster.processes import wait_for

MOUNT = Path("/sys/fs/cgroup")
REQUIRED = ("cpu", "cpuset", "memory", "pids")  # by the kubelet
OPTIONAL = ("hugetlb", "io")  # the kubelet asks for the first, and runc for the second, where the kernel offers it
END_SECONDS = 20


def path(layout: Layout) -> str:
    """The kubelet's cgroupRoot: the cluster's name, and what tells it from one of that name in another state folder."""
    digest = hashlib.sha256(str(layout.folder).encode()).hexdigest()
    return f"/devcluster-{layout.folder.name}-{digest[:6]}"


def make(layout: Layout) -> None:
    """Makes the cluster's root cgroups. Raises MachineError where the kernel refuses."""
    try:
        _make_version_2(layout) if _is_version_2() else _make_version_1(layout)
    except OSError as error:
        raise MachineError(f"the kernel does not let a cluster have cgroups: {error}") from error


def remove(layout: Layout) -> None:
    """Removes the cluster's cgroups, deepest first, waiting for their last processes to be gone."""
    for root in _roots(layout):
        folders = sorted((folder for folder in root.rglob("*") if folder.is_dir()), reverse=True)
        for folder in [*folders, root]:
            if not wait_for(partial(_removed, folder), END_SECONDS):
                raise DevclusterError(f"cgroup {folder} is still in use")


def _is_version_2() -> bool:
    return (MOUNT / "cgroup.controllers").exists()


def _roots(layout: Layout) -> list[Path]:
    hierarchies = [MOUNT] if _is_version_2() else [folder for folder in MOUNT.iterdir() if folder.is_dir()]
    return [root for hierarchy in hierarchies if (root := hierarchy / path(layout).strip("/")).exists()]


def _make_version_1(layout: Layout) -> None:
    for hierarchy in (folder for folder in MOUNT.iterdir() if (folder / "cgroup.procs").exists()):
        root = hierarchy / path(layout).strip("/")
        root.mkdir(exist_ok=True)
        # A new cpuset has no processors and no memory, and nothing could run in it.
        for setting in ("cpuset.cpus", "cpuset.mems"):
            if (hierarchy / setting).exists():
                (root / setting).write_text((hierarchy / setting).read_text())


def _make_version_2(layout: Layout) -> None:
    offered = (MOUNT / "cgroup.controllers").read_text().split()
    if missing := set(REQUIRED) - set(offered):
        raise MachineError(
            f"{MOUNT} offers no {', '.join(sorted(missing))}: the kubelet needs these cgroup controllers"
        )
    enabled = [f"+{controller}" for controller in (*REQUIRED, *OPTIONAL) if controller in offered]
    (MOUNT / "cgroup.subtree_control").write_text(" ".join(enabled))
    (MOUNT / path(layout).strip("/")).mkdir(exist_ok=True)


def _removed(folder: Path) -> bool:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
