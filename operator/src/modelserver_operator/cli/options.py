"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)

files_argument = click.argument("files", metavar="FILE...", nargs=-1, required=True, type=_FILE)

files_option = click.option(
    "-f",
    "--filename",
    "files",
    metavar="FILE",
    multiple=True,
    required=True,
    type=_FILE,
    help="A file with ModelServers; it may hold their classes as further documents, and without any the built-in class "
    "`local` is used. `-` is standard input. May be given several times.",
)

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
