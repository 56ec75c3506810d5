"""What the commands of `vectors` have in common: options, and how they refuse. Imports no torch."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from modelserver_runtime.ending import Unusable
from modelserver_runtime.vectors.errors import VectorError

_Command = TypeVar("_Command", bound=Callable[..., Any])

A_FILE = click.Path(path_type=Path, dir_okay=False)
A_FOLDER = click.Path(path_type=Path, file_okay=False)


@contextmanager
def refusing() -> Iterator[None]:
    """What is wrong with what was given ends the command: one sentence, exit code 2."""
    try:
        yield
    except VectorError as error:
        raise Unusable(str(error)) from error


class Layers(click.ParamType[tuple[int, int]]):
    """`A-B`, both included and counted from 0, as (A, B)."""

    name = "A-B"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """The two numbers."""
        found = re.fullmatch(r"(\d+)-(\d+)", value)
        if not found or int(found[1]) > int(found[2]):
            self.fail(f"{value!r} are no layers: say for example 7-20", param, ctx)
        return int(found[1]), int(found[2])


class Scales(click.ParamType[tuple[float, ...]]):
    """Numbers with commas between them, ascending and each once."""

    name = "S,S,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, ...]:
        """The scales."""
        try:
            scales = sorted({float(part) for part in value.split(",")})
        except ValueError:
            self.fail(f"{value!r} are no numbers with commas between them", param, ctx)
        if not all(-4 <= scale <= 4 for scale in scales):  # as in a request; nan is in no range either
            self.fail("a scale lies between -4 and 4", param, ctx)
        return tuple(scales)


def reading_a_model(command: _Command) -> _Command:
    """The options of a command in which a model reads texts."""
    options = (
        click.option("--model", type=A_FOLDER, required=True, help="The model's folder."),
        click.option("--batch-size", type=click.IntRange(min=1), default=16, show_default=True, help="Texts at once."),
        click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True),
        click.option(
            "--dtype",
            type=click.Choice(["auto", "float32", "bfloat16", "float16"]),
            default="auto",
            show_default=True,
            help="auto: float32 on a processor, the model's own on a GPU.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def writing_vectors(command: _Command) -> _Command:
    """The options of a command that adds vectors to a folder."""
    options = (
        click.option(
            "--out",
            type=A_FOLDER,
            required=True,
            help="The folder of vectors; made where it is not there, and added to where it is.",
        ),
        click.option("--layers", type=Layers(), help="The layers that are steered, from 0. [default: the middle half]"),
        click.option("--model-name", help="What the vectors call the model. [default: its folder's name]"),
        click.option("--replace", is_flag=True, help="Replace vectors of the same names."),
    )
    for option in reversed(options):
        command = option(command)
    return command
