"""`emotions try`: how a served model's variants answer one prompt."""

import json
import math
import re
import shutil
from collections.abc import Sequence

import click

from modelserver_runtime.emotions.mapping import LARGEST_SCALE, NONE
from modelserver_runtime.ending import Unusable


def _emotions(_: click.Context, __: click.Parameter, said: Sequence[str]) -> list[tuple[str, float]]:
    """(name, scale) of each NAME or NAME=SCALE; 1 where no scale is said."""
    return [_emotion(each) for each in said]


def _emotion(said: str) -> tuple[str, float]:
    name, equals, scale = said.partition("=")
    number = _number(scale) if equals else 1.0
    if not name or number is None:
        raise click.BadParameter(
            f"{said!r} is no NAME or NAME=SCALE with a scale from -{LARGEST_SCALE} to {LARGEST_SCALE}, as in anger=0.5"
        )
    return name, number


@click.group("emotions")
def emotions() -> None:
    """See what emotions do to a served model."""


@emotions.command("try")
@click.argument("model_url")
@click.argument("prompt")
@click.option(
    "--emotion",
    "chosen",
    metavar="NAME[=SCALE]",
    multiple=True,
    callback=_emotions,
    help="Ask the base model with this emotion, too; may be given several times.",
)
@click.option("--max-tokens", type=click.IntRange(min=1), default=120, show_default=True, help="Of each answer.")
@click.option(
    "--temperature",
    type=click.FloatRange(0, 2),
    default=0.0,
    show_default=True,
    help="0 gives the likeliest answer, the same each time.",
)
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def try_command(
    *,
    model_url: str,
    prompt: str,
    chosen: Sequence[tuple[str, float]],
    max_tokens: int,
    temperature: float,
    output: str,
) -> None:
    """Ask the base model and each of its variants the same, and show the answers side by side.

    MODEL_URL is where the model is served, with or without /v1. A server with keys wants one of its keys in
    MODELSERVER_API_KEY or OPENAI_API_KEY.

    \b
    Example: modelserver-runtime emotions try http://localhost:8000 "How was the concert?" --emotion anger=0.5
    """
    from modelserver_runtime.trying import columns
    from modelserver_runtime.trying.server import Asked, Server, TryError, key_of_the_environment

    try:
        server = Server(model_url, key_of_the_environment())
        base, variants = server.names()
        if not variants and not chosen:
            raise TryError(f"{server.url} serves {base} without variants; say --emotion NAME to steer it by request.")
        asked = [
            *(Asked(name, name) for name in (base, *variants)),
            *(Asked(_called(name, scale), base, {name: scale}) for name, scale in chosen),
        ]
        answers = server.answers(asked, prompt, {"temperature": temperature, "max_tokens": max_tokens})
    except TryError as error:
        raise Unusable(str(error)) from error
    if output == "json":
        document = {"url": server.url, "prompt": prompt, "answers": [answer.document() for answer in answers]}
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    shown = [columns.Column(answer.name, answer.mix, answer.shown) for answer in answers]
    click.echo(columns.beside(shown, shutil.get_terminal_size().columns))


def _called(name: str, scale: float) -> str:
    return name if name == NONE else f"{name}={scale:.2f}"


def _number(text: str) -> float | None:
    if not re.fullmatch(r"[+-]?[0-9]*\.?[0-9]+", text):
        return None
    number = float(text)
    return number if math.isfinite(number) and abs(number) <= LARGEST_SCALE else None
