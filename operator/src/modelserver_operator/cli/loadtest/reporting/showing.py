"""The report, wherever it is wanted: on standard output, in a file, as a page."""

from __future__ import annotations

from pathlib import Path

import click
from pydantic import ValidationError

from modelserver_operator.cli import screen
from modelserver_operator.cli.loadtest.reporting.comparing import Comparison, compared
from modelserver_operator.cli.loadtest.reporting.comparison_text import comparison_document, comparison_text
from modelserver_operator.cli.loadtest.reporting.part import Part
from modelserver_operator.cli.loadtest.reporting.report import Report
from modelserver_operator.cli.loadtest.reporting.text import text
from modelserver_operator.cli.loadtest.wanted.arguments import Told
from modelserver_operator.cli.machine_readable import serialized


def read(path: Path) -> Report:
    """A report that was written before. Raises ClickException where it is none."""
    try:
        return Report.model_validate_json(path.read_bytes())
    except ValidationError as error:
        told = error.errors()[0]
        where = ".".join(map(str, told["loc"])) or "the file"
        raise click.ClickException(f"{path} is no report of modelserver loadtest: {where}: {told['msg']}") from error


def show_comparison(old: Report, new: Report, html: Path | None, output: str) -> None:
    """Of two reports. Raises ClickException where the page cannot be written."""
    comparison = compared(old, new)
    if html:
        from modelserver_operator.cli.loadtest.reporting.page import page

        _write(html, page(new, old))
    if output == "text":
        screen.show(*comparison_text(comparison))
    else:
        _echo(comparison_document(comparison), output)


def show(report: Report, told: Told, old: Report | None) -> None:
    """Everything that is wanted; files last, for what cannot be written is not to cost what was measured.

    old: what it is compared with; what that shows is part of what is printed and written, then. Raises ClickException
    where a file cannot be written.
    """
    comparison = compared(old, report) if old else None
    report = report.model_copy(update={"comparison": comparison and comparison_document(comparison)})
    _print(report, comparison, told.output)
    if told.report:
        _write(told.report, report.model_dump_json(by_alias=True, indent=2) + "\n")
    if told.html:
        from modelserver_operator.cli.loadtest.reporting.page import (
            page,  # the plots take a quarter of a second to import
        )

        _write(told.html, page(report, old))


def _print(report: Report, comparison: Comparison | None, output: str) -> None:
    if output != "text":
        _echo(report, output)
        return
    screen.show(*text(report))
    if comparison:
        screen.show(*comparison_text(comparison))


def _echo(document: Part, output: str) -> None:
    click.echo(serialized(document.model_dump(mode="json", by_alias=True), output), nl=False)


def _write(path: Path, content: str) -> None:
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror or error}") from error
