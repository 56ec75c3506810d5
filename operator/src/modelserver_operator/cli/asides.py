"""What a reader of a result should know besides: what was skipped, what stands in, what is not done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from modelserver_operator.cli.catalog import Catalog
from modelserver_operator.resolve.local import LOCAL


def say_asides(found: Catalog, further: Iterable[str] = ()) -> None:
    """Tells, on standard error, what a reader of the result should know besides. further: what else."""
    for aside in (*_asides(found), *further):
        click.echo(f"note: {aside}", err=True)


def _asides(found: Catalog) -> Iterator[str]:
    for document in found.skipped:
        yield f"{document.title} is not ours and was skipped"
    for verdict in found.verdicts:
        title, resolved = verdict.document.title, verdict.resolved
        if verdict.class_name == LOCAL:
            yield (
                f"{title}: no class is in this file or a class file, so the built-in class {LOCAL} stands in for "
                f"{verdict.asked}"
            )
        if resolved:
            yield from (f"{title}: {shortcoming.message}" for shortcoming in resolved.shortcomings)
