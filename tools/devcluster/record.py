"""What is written down about a cluster: enough to find it, to ask it and to end it, whoever asks."""

import json
from dataclasses import asdict, dataclass
from typing import Literal, Self

from tools.devcluster.network import Block
from tools.devcluster.places import Layout
from tools.devcluster.processes import Process

Nodes = Literal["kubelet", "kwok"]


@dataclass(frozen=True)
class Record:
    """A cluster that was started. `ready` tells one that came up from one whose `up` was cut short."""

    nodes: Nodes
    kubernetes: str
    binaries: str
    hpa_sync_seconds: int
    holder_pid: int
    holder_started: int
    index: int
    guard_owners: bool = False
    ready: bool = False

    @property
    def holder(self) -> Process:
        """The process that the cluster ends with."""
        return Process(self.holder_pid, self.holder_started)

    @property
    def block(self) -> Block:
        """Its addresses."""
        return Block(self.index)

    @classmethod
    def read(cls, layout: Layout) -> Self | None:
        """None where no cluster was started."""
        try:
            return cls(**json.loads(layout.record.read_text()))
        except FileNotFoundError:
            return None

    def write(self, layout: Layout) -> None:
        """Replaces the record in one step."""
        new = layout.record.with_suffix(".new")
        new.write_text(json.dumps(asdict(self), indent=2) + "\n")
        new.replace(layout.record)
