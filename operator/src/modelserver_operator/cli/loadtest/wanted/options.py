"""The options of `modelserver loadtest`, in the groups in which they are used."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from modelserver_operator.cli.loadtest.wanted.arguments import (
    MOST_CALLERS,
    ClaimType,
    Duration,
    Header,
    NewFile,
    Scenario,
)
from modelserver_operator.cli.loadtest.wanted.bodies import APIS

F = TypeVar("F", bound=Callable[..., Any])

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = NewFile()
RATE = click.FloatRange(min=0, min_open=True, max=1_000_000)
WORDS = click.IntRange(0, 1_000_000)
ARRIVALS = click.Choice(["poisson", "constant"])
OUTPUT = click.Choice(["text", "yaml", "json"])


def _grouped(*options: Callable[[Any], Any]) -> Callable[[F], F]:
    def with_options(command: F) -> F:
        return functools.reduce(lambda made, option: option(made), reversed(options), command)

    return with_options


def _option(*names: str, **attributes: Any) -> Callable[[Any], Any]:
    """Its help says the default where it has one."""
    return click.option(*names, show_default=attributes.get("default") is not None, **attributes)


whom_options = _grouped(
    _option("--api-key", envvar="MODELSERVER_API_KEY", show_envvar=True, metavar="KEY", help="The key to ask with."),
    _option("--api-key-file", type=FILE, metavar="FILE", help="A file with nothing but the key."),
    _option("--header", "headers", type=Header(), multiple=True, help="A further header; may be given several times."),
    _option("--ca-file", type=FILE, metavar="FILE", help="Certificates of the authorities to trust, for https."),
    _option("--insecure", is_flag=True, help="Take whatever certificate the server has."),
)
what_options = _grouped(
    _option(
        "--scenario",
        type=Scenario(),
        metavar="short|medium|long|mixed|FILE",
        default="short",
        help="What is asked; FILE: requests of your own.",
    ),
    _option("--api", type=click.Choice(list(APIS)), default="openai", help="The API that is spoken."),
    _option("--stream/--no-stream", default=True, help="Have the answers token by token."),
    _option("--model", metavar="NAME", help="The served name to ask  [default: the server's first]"),
    _option(
        "--variant", "variants", metavar="NAME", multiple=True, help="A variant; several share the requests evenly."
    ),
    _option(
        "--emotion",
        "emotions",
        metavar="NAME",
        multiple=True,
        help="An emotion that requests bring; several share the requests evenly.",
    ),
    _option("--emotion-scale", type=click.FloatRange(-4, 4), help="How strong, with --emotion."),
    _option(
        "--shared-prefix",
        type=WORDS,
        default=0,
        metavar="WORDS",
        help="So many words begin all prompts alike, as a system prompt does; else they differ from the first word on.",
    ),
    _option("--ignore-eos", is_flag=True, help="Have answers as long as their max_tokens; vLLM's, not Anthropic's."),
)
how_much_options = _grouped(
    _option(
        "--rate",
        type=RATE,
        metavar="N",
        help="Requests a second, whatever the server does: an open loop  [default: 1]",
    ),
    _option("--arrivals", type=ARRIVALS, default="poisson", help="With --rate: as chance has it, or evenly."),
    _option(
        "--concurrency",
        type=click.IntRange(1, MOST_CALLERS),
        metavar="N",
        help="So many callers who each wait for their answer, instead of --rate: a closed loop.",
    ),
    _option("--duration", type=Duration(), help="How long is measured  [default: 30s; 10s a run of --find-capacity]"),
    _option("--requests", type=click.IntRange(1), metavar="N", help="How many are measured, at most."),
    _option("--warm-up", type=Duration(), default="5s", help="How long is asked before anything is measured."),
    _option("--timeout", type=Duration(), default="10m", help="The longest that a request may take."),
    _option("--seed", type=click.IntRange(0), default=0, help="Of the arrivals and the order of requests."),
)
judged_options = _grouped(
    _option(
        "--slo",
        "objectives",
        type=ClaimType(),
        multiple=True,
        help="An objective, such as 'ttft.p95<2s'; goodput counts the requests that keep its bound. May be given "
        "several times.",
    ),
    _option(
        "--assert",
        "assertions",
        type=ClaimType(),
        multiple=True,
        help="What must hold, such as 'e2e.p95<1s', 'errors<0.1%', 'short.ttft.p50<300ms' or 'rps>=20'; else the exit "
        "status is 1. May be given several times.",
    ),
    _option("--find-capacity", is_flag=True, help="Find the largest rate that meets every --slo, by many short runs."),
    _option("--max-rate", "most_rate", type=RATE, default=10_000.0, metavar="N", help="The largest that it tries."),
    _option("--precision", type=click.IntRange(1, 50), default=5, metavar="PERCENT", help="How near it gets to it."),
)
told_options = _grouped(
    _option("--report", type=NEW_FILE, metavar="FILE", help="Write the report there, as JSON."),
    _option("--html", type=NEW_FILE, metavar="FILE", help="Write a page with plots there, which needs nothing else."),
    _option(
        "--compare",
        type=FILE,
        metavar="OLD.json",
        help="Say what differs from this report, and what of it is no more than chance.",
    ),
    _option("-o", "--output", type=OUTPUT, default="text"),
)
