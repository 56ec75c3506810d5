"""What is shown after a look: one row a server, with its figures and those of its pods. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from modelserver_operator.cli.top.counts import Growth
from modelserver_operator.cli.top.figures import Figures
from modelserver_operator.cli.top.look import Look, Pod, Server
from modelserver_operator.cli.top.watched import Memory, Trace


@dataclass(frozen=True)
class PodRow:
    """A pod and its figures."""

    pod: Pod
    figures: Figures


@dataclass(frozen=True)
class Row:
    """A server, its figures and its pods."""

    server: Server
    figures: Figures
    pods: Sequence[PodRow] = ()
    trace: Trace = field(default_factory=Trace)


@dataclass(frozen=True)
class Board:
    """All servers by namespace and name. seconds: what the figures are of, at most WINDOW_SECONDS."""

    rows: Sequence[Row] = ()
    notes: Sequence[str] = ()
    seconds: float = 0.0


def board(look: Look, memory: Memory) -> Board:
    """Remember a look, and what is to be shown of it."""
    memory.take(look)
    rows = [_row(server, look.pods_of(key), memory) for key, server in sorted(look.servers.items())]
    seconds = max((row.figures.growth.seconds for row in rows), default=0.0)
    return Board(rows, look.notes, seconds)


def _row(server: Server, pods: Sequence[Pod], memory: Memory) -> Row:
    answered = [pod for pod in pods if pod.scrape]  # what the others did is past, and may not look like now
    figures, trace = _figures(pods, memory.growth(answered)), memory.traces[server.key]
    trace.running.append(figures.running or 0)
    trace.tokens.append(Figures(memory.latest(answered)).tokens or 0.0)
    return Row(server, figures, [_pod(pod, memory) for pod in pods], trace)


def _pod(pod: Pod, memory: Memory) -> PodRow:
    return PodRow(pod, _figures([pod], memory.growth([pod]) if pod.scrape else Growth()))


def _figures(pods: Sequence[Pod], growth: Growth) -> Figures:
    said = [pod.scrape for pod in pods if pod.scrape]
    running, waiting = (sum(scrape.running for scrape in said), sum(scrape.waiting for scrape in said))
    return Figures(growth, running, waiting) if said else Figures(growth)
