"""Values of the command line that say where on this machine lies what the cluster knows by a name."""

from __future__ import annotations

from pathlib import Path

import click


class FolderOf(click.ParamType[tuple[str, Path]]):
    """NAME=FOLDER, where FOLDER exists."""

    name = "NAME=FOLDER"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Path]:
        name, separator, folder = value.partition("=")
        if not (name and separator and folder):
            self.fail(f"{value!r} is not NAME=FOLDER", param, ctx)
        if not Path(folder).is_dir():
            self.fail(f"there is no folder {folder}", param, ctx)
        return name, Path(folder).resolve()
