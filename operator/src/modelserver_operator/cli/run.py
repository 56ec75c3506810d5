"""`modelserver run`: the same file, served on this machine without a cluster."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from modelserver_operator.cli.catalog import catalog, require_served, say_asides
from modelserver_operator.cli.installed import with_runtime
from modelserver_operator.cli.local import Folders, Ports, environment, write_config
from modelserver_operator.cli.options import class_files_option, files_option
from modelserver_operator.cli.process import Runtime
from modelserver_operator.resolve import Resolved


class _Mapping(click.ParamType[tuple[str, Path]]):
    """NAME=FOLDER, where FOLDER exists."""

    name = "NAME=FOLDER"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Path]:
        name, separator, folder = value.partition("=")
        if not (name and separator and folder):
            self.fail(f"{value!r} is not NAME=FOLDER", param, ctx)
        if not Path(folder).is_dir():
            self.fail(f"there is no folder {folder}", param, ctx)
        return name, Path(folder).resolve()


@click.command()
@files_option
@class_files_option
@click.option("--name", help="Which ModelServer, where the files hold several.")
@click.option("--claim", "claims", type=_Mapping(), multiple=True, help="Where a PersistentVolumeClaim's content lies.")
@click.option(
    "--secret", "secrets", type=_Mapping(), multiple=True, help="Where a Secret's content lies, a file a key."
)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Clients' port.")
@click.option("--control-port", type=click.IntRange(1, 65535), default=9000, show_default=True, help="Probes' port.")
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
    port: int,
    control_port: int,
    python: str,
) -> None:
    """Serve a ModelServer on this machine, until Ctrl-C.

    The exit status is the runtime's: 0 after it has finished what it had accepted.
    """
    found = catalog(files, class_files, None)
    resolved = _one(require_served(found), name)
    say_asides(found)
    folders = Folders(resolved, dict(claims), dict(secrets))
    folders.say_unused()
    with tempfile.TemporaryDirectory(prefix="modelserver-") as scratch:
        start = write_config(resolved, folders, Ports(port, control_port), Path(scratch))
        found_there = with_runtime(python, environment(resolved), Path(scratch))
        runtime = Runtime(python, found_there, resolved.rollout.drain_seconds.value)
        click.echo(f"{resolved.name}: loading, then served at http://127.0.0.1:{port}; Ctrl-C stops it", err=True)
        code = runtime.serve(start)
    sys.exit(code)


def _one(served: Sequence[Resolved], name: str | None) -> Resolved:
    """The ModelServer of that name, or the only one."""
    chosen = [resolved for resolved in served if name in (None, resolved.name)]
    if len(chosen) == 1:
        return chosen[0]
    names = ", ".join(resolved.name for resolved in served)
    raise click.UsageError(f"The files hold the ModelServers {names}: choose one of them with --name.")
