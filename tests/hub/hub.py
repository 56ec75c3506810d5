"""A hub's repositories, what was asked of it, and what shall go wrong."""

from collections import defaultdict
from dataclasses import dataclass, field

from tests.hub.faults import Faults, Hold
from tests.hub.repository import Repository


@dataclass(frozen=True)
class Asked:
    """A request; `file` is empty where it was not for a file's bytes, and `range` and `token` where there was none."""

    method: str
    path: str
    file: str
    range: str
    token: str


@dataclass
class Sent:
    """How many bytes of a file went out for one request, from where."""

    file: str
    start: int
    size: int = 0


@dataclass
class Hub:
    """Tests set what it does (repositories, faults, ranges, refuse) and read what was done (asked, sent)."""

    repositories: dict[str, Repository]
    url: str = ""  # HF_ENDPOINT, once it serves
    content_url: str = ""  # where files in LFS come from
    ranges: bool = True
    refuse: list[tuple[int, dict[str, str]]] = field(default_factory=list)  # answers to the next requests
    asked: list[Asked] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    faults: dict[str, Faults] = field(default_factory=lambda: defaultdict(Faults))

    def hold(self, file: str, percent: int) -> Hold:
        """Stops in the middle of the file until it is released."""
        self.faults[file].holds.append(Hold(percent))
        return self.faults[file].holds[-1]

    def bytes_of(self, file: str) -> int:
        """How many bytes of the file have gone out in all."""
        return sum(each.size for each in self.sent if each.file == file)

    def starts_of(self, file: str) -> list[int]:
        """From where the file was sent, request for request."""
        return [each.start for each in self.sent if each.file == file]
