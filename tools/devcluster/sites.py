"""A cluster's name, folder, addresses and binaries: what every command line of it is made from."""

import json
from dataclasses import dataclass

from tools.devcluster.binaries import Binaries
from tools.devcluster.network import Block
from tools.devcluster.places import Layout


@dataclass(frozen=True)
class Site:
    """A cluster's fixed facts."""

    name: str
    layout: Layout
    block: Block
    binaries: Binaries

    @property
    def node(self) -> str:
        """The name of the one node."""
        return f"{self.name}-1"

    def want(self, command: list[str]) -> None:
        """Has the supervisor start a program, named by the command's first word, and keep it running."""
        program, *arguments = command
        new = self.layout.wanted / f"{program}.new"
        new.write_text(json.dumps([self.binaries.path(program), *arguments]))
        new.rename(self.layout.wanted / f"{program}.json")

    def unwant(self, program: str) -> None:
        """Has the supervisor kill a program and leave it dead."""
        (self.layout.wanted / f"{program}.json").unlink(missing_ok=True)

    def running(self) -> list[str]:
        """The programs that the supervisor last saw running."""
        return sorted(json.loads(self.layout.running.read_text()))
