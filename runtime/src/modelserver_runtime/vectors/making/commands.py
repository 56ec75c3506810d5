"""`vectors extract` and `vectors import`. Imports no torch: `--help` needs none."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from pydantic import TypeAdapter, ValidationError

from modelserver_runtime.vectors import pairs as pair_sets
from modelserver_runtime.vectors.errors import VectorError
from modelserver_runtime.vectors.index import VectorName, other_form
from modelserver_runtime.vectors.missing import needed_for
from modelserver_runtime.vectors.options import A_FILE, reading_a_model, refusing, writing_vectors


@click.command("extract")
@click.option(
    "--pairs",
    "files",
    multiple=True,
    metavar="[NAME=]FILE",
    help="Pairs of texts and the name of their vector, by default the file's; may be given several times.",
)
@click.option("--shipped", is_flag=True, help="The six sets of pairs that come with the runtime.")
@click.option("--name", help="The vector's name, where there is one file of pairs.")
@click.option("--method", type=click.Choice(["mean", "pca", "probe"]), default="mean", show_default=True)
@click.option(
    "--keep-common",
    is_flag=True,
    help="With three sets or more, keep what all emotions have in common; it is taken off otherwise.",
)
@click.option("--chat", metavar="PROMPT", help="Read each text as the answer to PROMPT; {topic} is the pair's topic.")
@click.option(
    "--neutral",
    type=A_FILE,
    help="Neutral texts to calibrate on, one a line. [default: the negative texts of the pairs held out]",
)
@writing_vectors
@reading_a_model
def extract_command(files: tuple[str, ...], shipped: bool, name: str | None, **given: Any) -> None:
    """Make vectors from pairs of texts, each calibrated so that scale 1 is the same strength."""
    with refusing():
        _extract(_named(files, shipped, name), **given)


@click.command("import")
@click.argument("file", type=A_FILE)
@click.option("--name", required=True, help="The vector's name.")
@click.option(
    "--neutral",
    type=A_FILE,
    help="Neutral texts to calibrate on, one a line. [default: those of the shipped pairs, in English]",
)
@writing_vectors
@reading_a_model
def import_command(file: Path, name: str, **given: Any) -> None:
    """Make a vector of a control vector that repeng or llama.cpp wrote (GGUF), calibrated to our scale."""
    with refusing():
        if file.suffix != ".gguf" and (advice := other_form(file)):
            raise VectorError(advice)
        _import(file, _checked(name), **given)


def _extract(
    files: dict[str, Path],
    *,
    model: Path,
    out: Path,
    layers: tuple[int, int] | None,
    model_name: str | None,
    neutral: Path | None,
    replace: bool,
    batch_size: int,
    device: Any,
    dtype: Any,
    method: str,
    keep_common: bool,
    chat: str | None,
) -> None:
    with needed_for("making vectors"):
        from modelserver_runtime.vectors.making import extract, finishing, outputs, subject
    sets = [extract.PairSet(name, pair_sets.read(path), _source(path)) for name, path in files.items()]
    loaded = subject.load(model, device, dtype, model_name)
    outputs.refuse_taken(out, files, loaded.identity, replace)
    band = finishing.band_of(loaded.identity.layers, layers)
    recipe = extract.Recipe(method, band, chat, outputs.neutral(loaded, neutral), keep_common, batch_size)
    for made in extract.extract(loaded, sets, recipe):
        path = outputs.add(out, made.vector)
        click.echo(
            f"{path}: layers {band.first}-{band.last}, factor {made.vector.description.factor:.3f}, tells apart "
            f"{made.told_apart:.0%} of {made.held_out} held-out pairs"
        )


def _import(
    file: Path,
    name: str,
    *,
    model: Path,
    out: Path,
    layers: tuple[int, int] | None,
    model_name: str | None,
    neutral: Path | None,
    replace: bool,
    batch_size: int,
    device: Any,
    dtype: Any,
) -> None:
    with needed_for("importing a vector"):
        from modelserver_runtime.vectors.making import importing, outputs, subject
    loaded = subject.load(model, device, dtype, model_name)
    outputs.refuse_taken(out, [name], loaded.identity, replace)
    texts = outputs.neutral(loaded, neutral) or outputs.shipped_neutral(loaded)
    vector = importing.convert(loaded, file, importing.Wish(name, layers, texts, batch_size))
    path = outputs.add(out, vector)
    band = vector.description.band
    click.echo(f"{path}: layers {band.first}-{band.last}, factor {vector.description.factor:.3f}")


def _named(files: Iterable[str], shipped: bool, name: str | None) -> dict[str, Path]:
    """The files of pairs by their vectors' names."""
    named = [_parsed(each) for each in files]
    if shipped:
        named += [(emotion, pair_sets.shipped(emotion)) for emotion in pair_sets.EMOTIONS]
    if not named:
        raise VectorError("there is nothing to make vectors from: give --pairs or --shipped")
    if name is not None:
        if len(named) != 1:
            raise VectorError("--name goes with one file of pairs: give each its own as --pairs NAME=FILE")
        named = [(name, named[0][1])]
    found = {_checked(each): path for each, path in named}
    if len(found) != len(named):
        raise VectorError("two files of pairs have the same name: give each its own as --pairs NAME=FILE")
    return found


def _parsed(text: str) -> tuple[str, Path]:
    name, given, file = text.partition("=")
    return (name, Path(file)) if given else (Path(text).stem, Path(text))


def _checked(name: str) -> str:
    try:
        return TypeAdapter(VectorName).validate_python(name)
    except ValidationError as error:
        why = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise VectorError(f"{name!r} cannot name a vector: {why}") from error


def _source(path: Path) -> str:
    return f"{path.name} with SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}"
