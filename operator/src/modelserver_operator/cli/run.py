"""`modelserver run`: the same file, served on this machine without a cluster."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from modelserver_operator.cli.asides import say_asides
from modelserver_operator.cli.catalog import catalog, require_served
from modelserver_operator.cli.installed import with_runtime
from modelserver_operator.cli.local import LIVE, Folders, Given, Ports, download_environment, environment, write_config
from modelserver_operator.cli.mappings import FolderOf
from modelserver_operator.cli.options import class_files_option, files_option
from modelserver_operator.cli.process import Runtime
from modelserver_operator.cli.repeats import for_one_cluster
from modelserver_operator.desired import model
from modelserver_operator.resolve import Resolved


@click.command()
@files_option
@class_files_option
@click.option("--name", help="Which ModelServer, where the files hold several.")
@click.option("--claim", "claims", type=FolderOf(), multiple=True, help="Where a PersistentVolumeClaim's content lies.")
@click.option(
    "--secret", "secrets", type=FolderOf(), multiple=True, help="Where a Secret's content lies, a file a key."
)
@click.option(
    "--image",
    "images",
    metavar="REFERENCE=FOLDER",
    type=FolderOf(),
    multiple=True,
    help="Where the content of an image with a model lies.",
)
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("~/.cache/modelserver-models"),
    show_default=True,
    help="Where models of the hub are downloaded to, and kept.",
)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Clients' port.")
@click.option("--control-port", type=click.IntRange(1, 65535), default=9000, show_default=True, help="Probes' port.")
@click.option("--auto-port", is_flag=True, help="Take the next free port where another process has the one wanted.")
@click.option(
    "--python",
    envvar="MODELSERVER_RUNTIME_PYTHON",
    default=sys.executable,
    show_default="this one",
    show_envvar=True,
    help="The Python that has vLLM; it need not have the runtime too.",
)
def run(
    *,
    files: Sequence[Path],
    class_files: Sequence[Path],
    name: str | None,
    claims: Sequence[tuple[str, Path]],
    secrets: Sequence[tuple[str, Path]],
    images: Sequence[tuple[str, Path]],
    cache: Path,
    port: int,
    control_port: int,
    auto_port: bool,
    python: str,
) -> None:
    """Serve a ModelServer on this machine, until Ctrl-C.

    A model of the hub is downloaded first, unless it is there. The exit status is the runtime's: 0 after it has
    finished what it had accepted.
    """
    found = for_one_cluster(catalog(files, class_files, None))
    resolved = _one(require_served(found), name)
    say_asides(found)
    given = Given(dict(claims), dict(secrets), dict(images), cache.expanduser().resolve())
    folders = Folders(resolved, given)
    folders.say_unused()
    with tempfile.TemporaryDirectory(prefix="modelserver-") as scratch:
        ports = Ports(port, control_port)
        start = write_config(resolved, folders, ports, Path(scratch))
        found_there = with_runtime(python, environment(resolved), Path(scratch))
        runtime = Runtime(python, found_there, resolved.rollout.drain_seconds.value)
        code = _downloaded(resolved, folders, runtime) or _served(resolved, runtime, start, ports, auto_port)
    sys.exit(code)


def _downloaded(resolved: Resolved, folders: Folders, runtime: Runtime) -> int:
    """The exit status of the download, 0 where nothing is to be downloaded."""
    source = resolved.model.hugging_face
    if source is None:
        return 0
    to = Path(model.path(resolved.model, folders.models()))
    click.echo(
        f"{resolved.name}: {source.repo} at {source.revision} lies in {to}, or is downloaded to it now", err=True
    )
    return runtime.download(source, to, download_environment(resolved, folders.token()))


def _served(resolved: Resolved, runtime: Runtime, start: Path, ports: Ports, auto_port: bool) -> int:
    where = f"http://127.0.0.1:{ports.http}{', or the port named below' if auto_port else ''}"
    click.echo(f"{resolved.name}: loading, then served at {where}; Ctrl-C stops it", err=True)
    if resolved.emotions.vectors:
        click.echo(f"{resolved.name}: what is steered can be changed meanwhile, in {start.with_name(LIVE)}", err=True)
    # As flags, too: a variable or a .env file goes over the file, and not over what this command line says.
    flags = ["--http-port", str(ports.http), "--control-port", str(ports.control)]
    return runtime.serve(start, [*flags, *(["--auto-port"] if auto_port else [])])


def _one(served: Sequence[Resolved], name: str | None) -> Resolved:
    """The ModelServer of that name, or the only one."""
    chosen = [resolved for resolved in served if name in (None, resolved.name)]
    if len(chosen) == 1:
        return chosen[0]
    names = ", ".join(resolved.name for resolved in served)
    raise click.UsageError(f"The files hold the ModelServers {names}: choose one of them with --name.")
