"""What a cluster needs of the machine, checked before anything is started."""

import os
import shutil
import sys
from pathlib import Path

from tools.devcluster.errors import MachineError

# program -> the Debian package that has it
ALWAYS = {"ip": "iproute2", "mount": "mount", "nsenter": "util-linux", "unshare": "util-linux"}
KUBELET = {"nft": "nftables", "runc": "runc"}
CNI_PLUGINS = Path("/usr/lib/cni")  # where Debian puts them
CNI_PACKAGE = "containernetworking-plugins"


def require(nodes: str) -> None:
    """Raises MachineError with all that is missing for a cluster with such nodes, and how to get it."""
    if sys.platform != "linux":
        raise MachineError("a cluster needs Linux: it runs in namespaces of the kernel")
    if os.geteuid() != 0:
        raise MachineError(
            "a cluster needs root: it makes namespaces, mounts and a network link; run it as root (sudo)"
        )
    packages = sorted(_missing(ALWAYS | (KUBELET if nodes == "kubelet" else {})))
    if nodes == "kubelet" and not (CNI_PLUGINS / "ptp").exists():
        packages.append(CNI_PACKAGE)
    if packages:
        raise MachineError(f"programs are missing; {_how_to_install(packages)}")


def _missing(programs: dict[str, str]) -> set[str]:
    return {package for program, package in programs.items() if shutil.which(program) is None}


def _how_to_install(packages: list[str]) -> str:
    names = " ".join(packages)
    if shutil.which("apt-get"):
        return f"install them: apt-get install --yes --no-install-recommends {names}"
    return f"install what Debian calls {names} (this machine has no apt-get)"
