"""Options that several commands share."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class _File(click.Path):
    """A file that exists, or `-`. Of a folder it says how its files are named: kubectl takes folders."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Its path."""
        if Path(value).is_dir():
            self.fail(f"{value} is a folder: name its files, such as {Path(value)}/*.yaml", param, ctx)
        return super().convert(value, param, ctx)


_FILE = _File(exists=True, dir_okay=False, allow_dash=True, path_type=Path)


def files_option(command: F) -> F:
    """The files, as kubectl's users name them (`-f FILE`) and as a shell's pattern does (`FILE...`).

    The command gets all of them as `files`. Raises UsageError where there is none.
    """

    @click.argument("given", metavar="[FILE]...", nargs=-1, type=_FILE)
    @click.option(
        "-f",
        "--filename",
        "named",
        metavar="FILE",
        multiple=True,
        type=_FILE,
        help="A file with ModelServers; it may hold their classes as further documents, and without any the built-in "
        "class `local` is used. `-` is standard input. May be given several times, also without -f.",
    )
    @functools.wraps(command)
    def with_files(*arguments: Any, given: Sequence[Path], named: Sequence[Path], **options: Any) -> Any:
        if not (given or named):
            raise click.UsageError("Missing the files to read: -f FILE.")
        return command(*arguments, files=(*named, *given), **options)

    return with_files  # type: ignore[return-value]  # the same parameters, as the command line sees them


class_files_option = click.option(
    "--class-file",
    "class_files",
    metavar="FILE",
    multiple=True,
    type=_FILE,
    help="A further file with ModelServerClasses, for the ModelServers of every FILE. May be given several times.",
)

namespace_option = click.option(
    "-n", "--namespace", metavar="NAME", help="The namespace of ModelServers that name none [default: default]."
)
