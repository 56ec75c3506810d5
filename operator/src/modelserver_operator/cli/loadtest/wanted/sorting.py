"""What the options of `modelserver loadtest` say together, and what of it does not go together."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from modelserver_operator.cli.connection import CLUSTER_OPTIONS
from modelserver_operator.cli.idle import refuse_idle
from modelserver_operator.cli.loadtest.wanted.arguments import LEAST_ASKED, HowMuch, Judged, Told, What, Whom
from modelserver_operator.cli.loadtest.wanted.bodies import APIS
from modelserver_operator.cli.loadtest.wanted.claims import ClaimError, check

DEFAULT_RATE = 1.0  # requests a second: no server is hurt by it
DEFAULT_SECONDS = 30.0
CAPACITY_SECONDS = 10.0  # of a run of --find-capacity; there are many

Given = Mapping[str, Any]

# Options, when they would do nothing, and what they go with.
IDLE: tuple[tuple[tuple[str, ...], Callable[[Given], bool], str], ...] = (
    (("arrivals",), lambda given: given["concurrency"] is not None, "--rate, not with --concurrency"),
    (("most_rate", "precision"), lambda given: not given["find_capacity"], "--find-capacity"),
    (("ca_file", "insecure"), lambda given: not given["asked"].startswith("https://"), "a URL of https://"),
    (CLUSTER_OPTIONS, lambda given: "://" in given["asked"], "the NAME of a ModelServer, not with a URL"),
)


def sorted_out(command: Callable[[Whom, What, HowMuch, Judged, Told], None]) -> Callable[..., None]:
    """The command gets five parts in place of all the options. Raises UsageError where they do not go together, or one
    would do nothing."""

    @functools.wraps(command)
    def with_parts(**given: Any) -> None:
        for names, is_idle, goes_with in IDLE:
            if is_idle(given):
                refuse_idle(click.get_current_context(), names, goes_with)
        command(_whom(given), _what(given), _how_much(given), _judged(given), _told(given))

    return with_parts


def _whom(given: Given) -> Whom:
    if "://" not in given["asked"] and set(given["asked"]) & set(":/"):
        raise click.BadParameter(
            f"{given['asked']!r} is no name of a ModelServer; a URL begins with http:// or https://.",
            param_hint="URL|NAME",
        )
    names = ("asked", "namespace", "kubeconfig", "kube_context", "ca_file", "insecure", "headers")
    return Whom(**_some(given, *names), api_key=_key(given["api_key"], given["api_key_file"]))


def _key(key: str | None, file: Path | None) -> str | None:
    """That of the file, where there is one."""
    found = file.read_bytes().decode("utf-8", "replace").strip() if file else key
    if found and not (found.isascii() and found.isprintable() and " " not in found):
        option = "--api-key-file" if file else "--api-key"
        raise click.BadParameter("a key is one line of visible ASCII characters.", param_hint=option)
    return found or None


def _what(given: Given) -> What:
    if given["variants"] and (given["emotions"] or given["model"]):
        raise click.UsageError("--variant is a served name with its own emotions: leave out --model and --emotion.")
    if given["emotion_scale"] is not None and not given["emotions"]:
        raise click.UsageError("--emotion-scale goes with --emotion NAME.")
    if given["shared_prefix"] and any(item.messages for item in given["scenario"]):
        raise click.UsageError(
            "--shared-prefix goes before prompts and words: messages of a file are sent as they stand."
        )
    if given["ignore_eos"] and given["api"] == "anthropic":
        raise click.UsageError(
            "--ignore-eos: the Anthropic API has no such field; leave it out, or take another --api."
        )
    names = ("api", "stream", "model", "variants", "emotions", "emotion_scale", "shared_prefix", "ignore_eos")
    return What(items=given["scenario"], family=APIS[given["api"]], **_some(given, *names))


def _how_much(given: Given) -> HowMuch:
    rate, concurrency, finds = given["rate"], given["concurrency"], given["find_capacity"]
    if concurrency is not None and (rate is not None or finds):
        other = "--find-capacity" if finds else "--rate"
        raise click.UsageError(f"--concurrency is a closed loop and {other} an open one: give one of them.")
    if finds and given["requests"]:
        raise click.UsageError("--requests does not go with --find-capacity, whose runs last --duration each.")
    seconds = _seconds(given)
    if finds and seconds:
        rate = _first_rate(given, LEAST_ASKED / seconds)
    return HowMuch(
        rate=None if concurrency is not None else rate or DEFAULT_RATE,
        constant=given["arrivals"] == "constant",
        duration=seconds,
        **_some(given, "concurrency", "requests", "warm_up", "timeout", "seed"),
    )


def _first_rate(given: Given, least: float) -> float:
    """Where the search begins. least: the smallest rate of which a run says something."""
    for name, option in (("rate", "--rate"), ("most_rate", "--max-rate")):
        if given[name] is not None and given[name] < least:
            raise click.BadParameter(
                f"has to be {least:.3g} at least with this --duration, so that a run of --find-capacity asks "
                f"{LEAST_ASKED} requests.",
                param_hint=option,
            )
    return float(given["rate"] or max(DEFAULT_RATE, least))


def _seconds(given: Given) -> float | None:
    seconds: float | None = given["duration"]
    if seconds is None:
        return None if given["requests"] else CAPACITY_SECONDS if given["find_capacity"] else DEFAULT_SECONDS
    if seconds <= 0:
        raise click.BadParameter("has to be more than 0.", param_hint="--duration")
    return seconds


def _judged(given: Given) -> Judged:
    names = tuple(dict.fromkeys(item.scenario for item in given["scenario"]))
    for parameter, option in (("objectives", "--slo"), ("assertions", "--assert")):
        try:
            check(given[parameter], names, streamed=given["stream"], has_objectives=bool(given["objectives"]))
        except ClaimError as error:
            raise click.BadParameter(f"{error}.", param_hint=option) from error
    if given["find_capacity"] and not given["objectives"]:
        raise click.UsageError("--find-capacity needs what is to be met: at least one --slo, such as 'ttft.p95<2s'.")
    if given["find_capacity"] and (given["rate"] or 0) > given["most_rate"]:
        raise click.UsageError(
            "--rate is where --find-capacity begins and --max-rate where it ends: give a larger one."
        )
    return Judged(**_some(given, "objectives", "assertions", "find_capacity", "most_rate", "precision"))


def _told(given: Given) -> Told:
    return Told(**_some(given, "report", "html", "compare", "output"))


def _some(given: Given, *names: str) -> dict[str, Any]:
    return {name: given[name] for name in names}
