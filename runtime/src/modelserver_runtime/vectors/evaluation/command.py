"""`vectors evaluate`. Imports no torch: `--help` needs none."""

from pathlib import Path
from typing import Any

import click

from modelserver_runtime.vectors.missing import needed_for
from modelserver_runtime.vectors.options import A_FILE, A_FOLDER, Scales, reading_a_model, refusing


@click.command("evaluate")
@click.option("--vectors", type=A_FOLDER, required=True, help="The folder of vectors.")
@click.option("--prompts", type=A_FILE, required=True, help="What the model is asked, one prompt a line.")
@click.option("--scales", type=Scales(), default="0,0.25,0.5,1,1.5,2,3", show_default=True)
@click.option("--max-tokens", type=click.IntRange(min=1), default=64, show_default=True, help="The longest answer.")
@click.option(
    "--temperature",
    type=click.FloatRange(min=0),
    default=1.0,
    show_default=True,
    help="At 0 answers jump from one likeliest word to another; at 1 the effect grows as probabilities do.",
)
@click.option(
    "--breakdown-times",
    type=click.FloatRange(min=1, min_open=True),
    default=10,
    show_default=True,
    help="Text counts as broken down when its perplexity is more than so many times the unsteered one.",
)
@click.option("--out", type=A_FOLDER, required=True, help="The folder for evaluation.json and evaluation.png.")
@reading_a_model
def evaluate_command(vectors: Path, prompts: Path, out: Path, **given: Any) -> None:
    """Try every vector at every scale: effect, fluency, and whether one knows them apart."""
    with refusing():
        _evaluate(vectors, prompts, out, **given)


def _evaluate(
    vectors: Path,
    prompts: Path,
    out: Path,
    *,
    model: Path,
    device: Any,
    dtype: Any,
    scales: tuple[float, ...],
    max_tokens: int,
    temperature: float,
    breakdown_times: float,
    batch_size: int,
) -> None:
    with needed_for("judging vectors"):  # before the work, whose picture would be lost
        from modelserver_runtime.vectors.evaluation import plot
        from modelserver_runtime.vectors.evaluation.answers import Drawing
        from modelserver_runtime.vectors.evaluation.evaluate import Sweep, evaluate
        from modelserver_runtime.vectors.making import subject
    sweep = Sweep(scales, breakdown_times, Drawing(max_tokens, temperature, batch_size))
    report = evaluate(subject.load(model, device, dtype), vectors, prompts, sweep)
    out.mkdir(parents=True, exist_ok=True)
    (out / "evaluation.json").write_text(report.model_dump_json(by_alias=True, indent=2) + "\n", encoding="utf-8")
    plot.draw(report, out / "evaluation.png")
    for name, emotion in report.emotions.items():
        until = emotion.breaks_down_at
        click.echo(f"{name}: {'holds at every scale' if until is None else f'breaks down at scale {until:g}'}")
    click.echo(f"{out / 'evaluation.json'}, {out / 'evaluation.png'}")
