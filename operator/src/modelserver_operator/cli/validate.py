"""`modelserver validate`: says whether the API server and the class would take what the files hold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from modelserver_operator.api import API_VERSION
from modelserver_operator.cli.asides import say_asides
from modelserver_operator.cli.catalog import Verdict, catalog, lines
from modelserver_operator.cli.documents import Malformed
from modelserver_operator.cli.machine_readable import serialized
from modelserver_operator.cli.options import class_files_option, files_option, namespace_option
from modelserver_operator.cli.repeats import for_any_clusters, in_several_files


@click.command()
@files_option
@class_files_option
@namespace_option
@click.option("-o", "--output", type=click.Choice(["text", "json", "yaml"]), default="text", show_default=True)
@click.pass_context
def validate(
    context: click.Context, files: Sequence[Path], class_files: Sequence[Path], namespace: str | None, output: str
) -> None:
    """Check ModelServers and their classes, without a cluster.

    FILE may hold the class as a second document; without one the built-in class `local` is used. Each FILE is judged
    by itself, and refused where it holds a ModelServer twice. That several FILEs hold the same one is only noted:
    they may be for several clusters.
    """
    read = catalog(files, class_files, namespace)
    found = for_any_clusters(read)
    if not found.verdicts:
        raise Malformed(f"nothing of {API_VERSION} is in the given files")
    say_asides(found, in_several_files(read))
    click.echo(_written(found.verdicts, output), nl=False)
    context.exit(1 if found.refused else 0)


def _written(verdicts: Sequence[Verdict], output: str) -> str:
    if output != "text":
        return serialized({"results": [_result(verdict) for verdict in verdicts]}, output)
    return "".join(f"{line}\n" for verdict in verdicts for line in lines(verdict) or [_valid(verdict)])


def _valid(verdict: Verdict) -> str:
    return f"{verdict.document.title}: valid" + (f", class {verdict.class_name}" if verdict.class_name else "")


def _result(verdict: Verdict) -> dict[str, Any]:
    return {
        "file": verdict.document.place,
        "kind": verdict.document.kind,
        "name": verdict.document.name or None,
        "valid": not verdict.problems,
        "className": verdict.class_name or None,
        "problems": [{"field": problem.field, "message": problem.message} for problem in verdict.problems],
    }
