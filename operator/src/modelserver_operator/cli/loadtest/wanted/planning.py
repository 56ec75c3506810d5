"""The load as the generator wants it, from what was asked for and what the server says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import click

from modelserver_operator.cli.loadtest.generating.plan import (
    Arrivals,
    Closed,
    Constant,
    Destination,
    LoadPlan,
    Poisson,
    Request,
    Timeouts,
)
from modelserver_operator.cli.loadtest.wanted import bodies
from modelserver_operator.cli.loadtest.wanted.about import About
from modelserver_operator.cli.loadtest.wanted.arguments import MOST_CALLERS, HowMuch, What
from modelserver_operator.cli.loadtest.wanted.bodies import Asking, Voice

STEERING, SERVER = "x-modelserver-steering", "server"


@dataclass(frozen=True)
class Planner:
    """Everything of a load but its rate."""

    destination: Destination
    requests: tuple[Request, ...]
    how_much: HowMuch

    def plan(self, rate: float | None = None, draw: int = 0) -> LoadPlan:
        """At a rate; None: as it was asked for. draw: with another one, other moments and another order of requests,
        so that the luck of one draw is not that of all runs; the same ones whenever the seed is the same."""
        asked = self.how_much
        return LoadPlan(
            self.destination,
            self.requests,
            arrivals(asked, rate),
            warm_up=asked.warm_up,
            duration=asked.duration,
            count=asked.requests,
            timeouts=Timeouts(whole=asked.timeout),
            seed=asked.seed + draw,
            noted_headers=(STEERING, SERVER),
            most_connections=MOST_CALLERS,
        )


def arrivals(asked: HowMuch, rate: float | None = None) -> Arrivals:
    """At a rate; None: as it was asked for."""
    if asked.concurrency is not None:
        return Closed(asked.concurrency)
    wanted = rate or asked.rate
    assert wanted is not None, "is there where no concurrency is"
    return (Constant if asked.constant else Poisson)(wanted)


def models(what: What, about: About) -> tuple[str, ...]:
    """The served names that are asked. Raises ClickException where the server lists none and none was named, or lacks
    one that was."""
    named = what.variants or ((what.model,) if what.model else about.models[:1])
    if not named:
        raise click.ClickException(
            "The server lists no models at /v1/models: name one with --model, or give the port that clients ask, where "
            "this is the control port."
        )
    missing = [name for name in named if about.models and name not in about.models]
    if missing:
        option = "--variant" if what.variants else "--model"
        raise click.ClickException(
            f"{option}: the server has no model {missing[0]}; it has: {', '.join(about.models)}."
        )
    return tuple(named)


def requests(what: What, names: Sequence[str]) -> tuple[Request, ...]:
    """All that are chosen from."""
    emotions = what.emotions or (None,)
    voices = [Voice(name, emotion, what.emotion_scale if emotion else None) for name in names for emotion in emotions]
    return bodies.requests(what.items, voices, Asking(what.family, what.stream, what.ignore_eos, what.shared_prefix))


def require_room(what: What, longest: int | None) -> None:
    """Raises ClickException for a scenario that cannot fit into the model's context."""
    for item in what.items:
        needed = (item.words or 0) + what.shared_prefix + item.max_tokens
        if longest is not None and needed > longest:
            raise click.ClickException(
                f"--scenario: a request of {item.scenario} has {needed - item.max_tokens} words and asks for up to "
                f"{item.max_tokens} tokens, and the model's context is {longest}: take a shorter one, or a FILE."
            )
