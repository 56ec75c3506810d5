"""The addresses of a cluster, and the one link between it and this machine.

A cluster has a block 10.N.0.0/16 and a network namespace. A veth pair joins the two, a route sends the block into it:
this machine reaches the node, the Services and the pods by their own addresses, and no packet leaves the machine.
The link lives as long as the namespace: a cluster that is killed leaves none behind.
"""

import ipaddress
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.devcluster.errors import MachineError
from tools.devcluster.processes import output

FIRST_BLOCK = 200  # 10.200.0.0/16: above what kind, k3s, Docker and kubeadm use by default
BLOCKS = 32


@dataclass(frozen=True)
class Block:
    """The addresses of the cluster with this index."""

    index: int

    def _address(self, rest: str) -> str:
        return f"10.{FIRST_BLOCK + self.index}.{rest}"

    @property
    def network(self) -> str:
        """All addresses of the cluster."""
        return self._address("0.0/16")

    @property
    def node(self) -> str:
        """The node, and with it the API server."""
        return self._address("0.1")

    @property
    def gateway(self) -> str:
        """This machine, seen from the cluster."""
        return self._address("0.254")

    @property
    def services(self) -> str:
        """The range of ClusterIPs."""
        return self._address("16.0/20")

    @property
    def kubernetes_service(self) -> str:
        """ClusterIP of Service kubernetes: Kubernetes takes the first of the range."""
        return self._address("16.1")

    @property
    def dns_service(self) -> str:
        """ClusterIP of Service kube-dns."""
        return self._address("16.10")

    @property
    def pods(self) -> str:
        """The range of pods' addresses."""
        return self._address("128.0/17")

    @property
    def pods_of_node(self) -> str:
        """The part of it that the one node has: the controller manager hands out /24s from the start."""
        return self._address("128.0/24")

    @property
    def link(self) -> str:
        """This machine's end of the veth pair."""
        return f"msdc{self.index}"


def attach(namespace: int) -> Block:
    """Joins the network namespace of a process to this machine by the first block that is free, and returns it.

    Creating the link is what takes a block: of two `up`s at the same time one gets "File exists" and goes on.
    """
    for block in _free_blocks():
        made = output(
            "ip",
            "link",
            "add",
            block.link,
            "type",
            "veth",
            "peer",
            "name",
            "node0",
            "netns",
            str(namespace),
            check=False,
        )
        if made.returncode == 0:
            _configure(block, namespace)
            return block
        if "File exists" not in made.stderr:
            raise MachineError(f"cannot make a veth pair (network link): {made.stderr.strip()}")
    last = FIRST_BLOCK + BLOCKS - 1
    raise MachineError(f"no free addresses: every block from 10.{FIRST_BLOCK}.0.0/16 to 10.{last}.0.0/16 is in use")


def detach(block: Block) -> None:
    """Deletes the link of a cluster that still runs; the kernel would do it a moment after the cluster's end."""
    output("ip", "link", "delete", block.link, check=False)


def any_link() -> bool:
    """Whether any cluster is joined to this machine, whoever made it."""
    return any(Path("/sys/class/net").glob("msdc*"))


def _free_blocks() -> Iterator[Block]:
    taken = list(_networks_in_use())
    for block in map(Block, range(BLOCKS)):
        if not any(ipaddress.IPv4Network(block.network).overlaps(network) for network in taken):
            yield block


def _networks_in_use() -> Iterator[ipaddress.IPv4Network]:
    for route in json.loads(output("ip", "-json", "-4", "route", "show", "table", "all").stdout):
        if route["dst"] != "default":
            yield ipaddress.IPv4Network(route["dst"], strict=False)


def _configure(block: Block, namespace: int) -> None:
    inside = ("nsenter", f"--net=/proc/{namespace}/ns/net")
    output("ip", "address", "add", f"{block.gateway}/24", "dev", block.link)
    output("ip", "link", "set", block.link, "up")
    output(*inside, "ip", "address", "add", f"{block.node}/24", "dev", "node0")
    output(*inside, "ip", "link", "set", "lo", "up")
    output(*inside, "ip", "link", "set", "node0", "up")
    output(*inside, "ip", "route", "add", "default", "via", block.gateway)
    output("ip", "route", "add", block.network, "via", block.node)
