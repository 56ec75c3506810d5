"""`modelserver crd`: the CustomResourceDefinitions, generated from the types."""

from __future__ import annotations

from pathlib import Path

import click

from modelserver_operator.api.crd import crds
from modelserver_operator.cli.yamltext import dump, dump_all


@click.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write one file each into this folder.")
def crd(out: Path | None) -> None:
    """Print the CustomResourceDefinitions, or write them into a folder."""
    if out is None:
        click.echo(dump_all(crds()), nl=False)
        return
    out.mkdir(parents=True, exist_ok=True)
    for definition in crds():
        target = out / f"{definition['metadata']['name']}.yaml"
        target.write_text(dump(definition), encoding="utf-8")
        click.echo(f"wrote {target}")
