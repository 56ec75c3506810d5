"""The commands that make, judge and show steering vectors. Imports no torch: `--help` needs none."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from modelserver_runtime.vectors import pairs as pair_sets
from modelserver_runtime.vectors.evaluation.command import evaluate_command
from modelserver_runtime.vectors.identity import ModelIdentity
from modelserver_runtime.vectors.making.commands import extract_command, import_command
from modelserver_runtime.vectors.missing import needed_for
from modelserver_runtime.vectors.options import A_FILE, A_FOLDER, refusing
from modelserver_runtime.vectors.pairs.lint import lint


@click.group("vectors")
def vectors() -> None:
    """Make, judge and show steering vectors; all but lint need the Python in which vLLM is installed."""


vectors.add_command(extract_command)
vectors.add_command(import_command)
vectors.add_command(evaluate_command)


@vectors.command("inspect")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--model", type=A_FOLDER, help="Say whether the vectors fit this model; if one does not, exit code 1.")
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def inspect_command(path: Path, model: Path | None, output: str) -> None:
    """Show a vector's file or a folder of vectors: what they were made for, from what, and how strong they are."""
    with refusing(), needed_for("reading vectors"):
        from modelserver_runtime.vectors import inspection

        identity = ModelIdentity.of(model, model.resolve().name) if model else None
        found = inspection.inspected(inspection.read(path), identity)
    click.echo(json.dumps(found, indent=2) if output == "json" else "\n".join(_told(found)))
    if any(vector.get("refused") for vector in found["vectors"].values()):
        raise SystemExit(1)


@vectors.command("lint")
@click.argument("files", type=A_FILE, nargs=-1, required=True)
def lint_command(files: tuple[Path, ...]) -> None:
    """Say what besides the emotion would get into vectors made from these pairs; a file is named as its emotion.

    Exit code 1 if there is anything.
    """
    with refusing():
        complaints = lint({path.stem: pair_sets.read(path) for path in files})
    for complaint in complaints:
        click.echo(complaint)
    if complaints:
        raise SystemExit(1)


def _told(found: Mapping[str, Any]) -> Iterator[str]:
    for name, vector in found["vectors"].items():
        yield from _one(name, vector)
    for pair in found["cosines"]:
        told = "no layer in common" if pair["cosine"] is None else f"{pair['cosine']:+.2f}"
        yield f"cosine {' '.join(pair['vectors'])}: {told}"


def _one(name: str, vector: Mapping[str, Any]) -> Iterator[str]:
    model, band, calibration = vector["model"], vector["band"], vector["calibration"]
    yield name
    yield f"  model        {model['name']}, {model['layers']} layers, {model['hiddenSize']} wide"
    if "refused" in vector:
        yield f"  fits         {'yes' if vector['refused'] is None else 'no: ' + vector['refused']}"
    yield f"  made         {vector['method']}; {vector['data']}"
    yield f"  calibration  {calibration['klPerToken']:g} nats per token at scale 1, on {calibration['text']}"
    yield f"  factor       {vector['factor']:.4f}"
    yield "  layer        norm   added at scale 1"
    for layer in vector["layers"]:
        added = f"{layer['addedAtScale1']:.3f}" if band["first"] <= layer["layer"] <= band["last"] else ""
        yield f"  {layer['layer']:>5}  {layer['norm']:>10.3f}   {added}".rstrip()
