"""The command line: what `python -m modelserver_runtime` does, once it has begun."""

from pathlib import Path

import click

from modelserver_runtime.emotions_command import emotions
from modelserver_runtime.ending import Unusable, leave
from modelserver_runtime.listen import LAST_PORT
from modelserver_runtime.serve_command import serve_command
from modelserver_runtime.vectors import demo_model
from modelserver_runtime.vectors.commands import vectors
from modelserver_runtime.vectors.errors import VectorError


@click.group()
def main() -> None:
    """Serve one language model to OpenAI and Anthropic clients."""


main.add_command(serve_command)
main.add_command(emotions)
main.add_command(vectors)


@main.command("download")
@click.option("--repo", required=True, help="The model's repository, as ORGANISATION/NAME.")
@click.option("--revision", default="main", show_default=True, help="A commit, a tag or a branch.")
@click.option("--to", type=click.Path(path_type=Path), required=True, help="The folder that shall hold the model.")
@click.option(
    "--retry-seconds",
    type=click.FloatRange(min=0),
    default=120,
    show_default=True,
    help="Give up when nothing has come from the hub for so long.",
)
@click.option(
    "--storage-limit-bytes",
    type=click.IntRange(min=1),
    envvar="MODELSERVER_STORAGE_LIMIT_BYTES",
    show_envvar=True,
    help="Refuse a model that is larger, where the folder counts against a limit of the pod.",
)
@click.option(
    "--progress-port",
    type=click.IntRange(1, LAST_PORT),
    help="Say at /stats of this port how far it is, for as long as it lasts.  [default: nowhere]",
)
def download_command(
    repo: str,
    revision: str,
    to: Path,
    retry_seconds: float,
    *,
    storage_limit_bytes: int | None,
    progress_port: int | None,
) -> None:
    """Download a model of a Hugging Face hub, unless the folder has it.

    It goes on where an earlier download stopped and checks every file. The hub is HF_ENDPOINT, the token HF_TOKEN.
    """
    from modelserver_runtime.download.command import run

    limit, port = storage_limit_bytes, progress_port
    leave(run(repo, revision, to, retry_seconds, storage_limit_bytes=limit, progress_port=port))


@main.command("demo-model")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same model.")
def demo_model_command(out: Path, seed: int) -> None:
    """Train the demo model: a Hugging Face folder OUT/model and six steering vectors in OUT/vectors."""
    try:
        demo_model.make(out, seed)
    except VectorError as error:
        raise Unusable(str(error)) from error
