"""What one look brings: servers as they stand, their pods with what each said, and what could not be had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from modelserver_operator.cli.status.advice import State
from modelserver_operator.cli.status.view import View
from modelserver_operator.cli.top.scrape import Scrape

ServerKey: TypeAlias = tuple[str, str]  # namespace and name; without a cluster the namespace is empty
PodKey: TypeAlias = tuple[str, str, str]  # namespace, name and uid


@dataclass(frozen=True)
class Pod:
    """One pod. scrape: None where it said nothing, and `why` says why. at: when, in seconds of time.monotonic."""

    key: PodKey
    server: ServerKey
    ready: bool
    at: float
    scrape: Scrape | None = None
    why: str = ""

    @property
    def name(self) -> str:
        """As kubectl has it; without a cluster its address."""
        return self.key[1]


@dataclass(frozen=True)
class Server:
    """A ModelServer; without a cluster what its runtime says of itself, and there is no `view`.

    ready: True, False or Unknown. answering, wanted: how many pods answer, of how many there are to be.
    """

    key: ServerKey
    state: State
    sentence: str
    ready: str
    answering: int
    wanted: int
    model: str
    todo: str = ""
    view: View | None = None

    @classmethod
    def of(cls, view: View) -> Server:
        """As `modelserver status` sees it."""
        answering, _, wanted = view.counts.partition("/")
        said = view.said
        return cls(
            view.key, said.state, said.sentence, view.ready, int(answering), int(wanted), view.model, said.todo, view
        )


@dataclass(frozen=True)
class Look:
    """All of it, and sentences on what could not be had."""

    servers: Mapping[ServerKey, Server]
    pods: Sequence[Pod]
    notes: Sequence[str] = ()

    def pods_of(self, server: ServerKey) -> list[Pod]:
        """In the order of their names."""
        return sorted((pod for pod in self.pods if pod.server == server), key=lambda pod: pod.key)


class Source(Protocol):
    """Where looks come from."""

    @property
    def where(self) -> str:
        """What is looked at, for the title."""

    async def look(self) -> Look:
        """Look now. Whatever fails on the way is in the Look: nothing is raised."""

    async def follow(self) -> None:
        """Keep what looks need up to date, for ever; without it, what is there stays as it was at first."""
