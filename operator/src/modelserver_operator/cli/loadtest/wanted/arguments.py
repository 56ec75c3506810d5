"""What is asked for on the command line, sorted, and the values that click does not know."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from modelserver_operator.cli.loadtest.generating.plan import Family
from modelserver_operator.cli.loadtest.wanted import claims, scenarios
from modelserver_operator.cli.loadtest.wanted.claims import Claim
from modelserver_operator.cli.loadtest.wanted.scenarios import Item

MOST_CALLERS = 20_000  # each has a connection, and to one address a machine has some 28,000 (Linux's local ports)
LEAST_ASKED = 5  # requests in a run of --find-capacity, on average: fewer say nothing of a rate
LENGTHS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
HEADER_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # RFC 9110: what a header may be called
OWN_HEADERS = ("host", "content-length", "content-type", "transfer-encoding", "connection")


@dataclass(frozen=True)
class Whom:
    """The server, the way to it, and how to be let in."""

    asked: str
    namespace: str | None
    kubeconfig: Path | None
    kube_context: str | None
    ca_file: Path | None
    insecure: bool
    api_key: str | None
    headers: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class What:
    """The requests. model None: the server's first."""

    items: Sequence[Item]
    api: str
    family: Family
    stream: bool
    model: str | None
    variants: Sequence[str]
    emotions: Sequence[str]
    emotion_scale: float | None
    shared_prefix: int
    ignore_eos: bool


@dataclass(frozen=True)
class HowMuch:
    """The load. Of rate and concurrency one is None; seconds."""

    rate: float | None
    constant: bool
    concurrency: int | None
    duration: float | None
    requests: int | None
    warm_up: float
    timeout: float
    seed: int


@dataclass(frozen=True)
class Judged:
    """What the figures are held against. most_rate: with --find-capacity, no larger one is tried,
    and what is found lies within `precision` percent of what is too much."""

    objectives: Sequence[Claim]
    assertions: Sequence[Claim]
    find_capacity: bool
    most_rate: float
    precision: int


@dataclass(frozen=True)
class Told:
    """Where the outcome goes."""

    report: Path | None
    html: Path | None
    compare: Path | None
    output: str


class NewFile(click.Path):
    """A file that is written in the end; that it can be is looked at before anything is measured."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, writable=True, path_type=Path)

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        folder = Path(value).parent
        if not folder.is_dir():
            self.fail(f"{folder} is no folder that is there", param, ctx)
        if not Path(value).exists() and not os.access(folder, os.W_OK):
            self.fail(f"{folder} is a folder in which you may not write", param, ctx)
        return super().convert(value, param, ctx)


class Duration(click.ParamType[float]):
    """A time: 30s, 2m, 500ms; a number alone is seconds."""

    name = "TIME"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|)", value.strip())
        if not found:
            self.fail(f"{value!r} is no time; write it like 30s, 2m or 500ms", param, ctx)
        return float(found[1]) * LENGTHS[found[2]]


class ClaimType(click.ParamType[Claim]):
    """`e2e.p95<1s` and the like."""

    name = "CLAIM"

    def convert(self, value: str | Claim, param: click.Parameter | None, ctx: click.Context | None) -> Claim:
        try:
            return value if isinstance(value, Claim) else claims.parse(value)
        except claims.ClaimError as error:
            self.fail(str(error), param, ctx)


class Header(click.ParamType[tuple[str, str]]):
    """`name: value`."""

    name = "NAME:VALUE"

    def convert(
        self, value: str | tuple[str, str], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        name, colon, content = (part.strip() for part in value.partition(":"))
        if not colon or not re.fullmatch(HEADER_NAME, name) or not (content.isascii() and content.isprintable()):
            self.fail(f"{value!r} is no header; write it like 'x-team: search'", param, ctx)
        if name.lower() in OWN_HEADERS:
            self.fail(f"{name} is set by the load tester itself", param, ctx)
        return name, content


class Scenario(click.ParamType[Sequence[Item]]):
    """A built-in one, or a file: its requests."""

    name = "|".join((*scenarios.BUILT_IN, "FILE"))

    def convert(
        self, value: str | Sequence[Item], param: click.Parameter | None, ctx: click.Context | None
    ) -> Sequence[Item]:
        try:
            return scenarios.found(value) if isinstance(value, str) else value
        except scenarios.ScenarioError as error:
            self.fail(str(error), param, ctx)
