"""`modelserver loadtest-compare`: two reports of load tests side by side."""

from __future__ import annotations

from pathlib import Path

import click

from modelserver_operator.cli.loadtest.wanted.options import FILE, NEW_FILE


@click.command("loadtest-compare")
@click.argument("old_file", metavar="OLD.json", type=FILE)
@click.argument("new_file", metavar="NEW.json", type=FILE)
@click.option("--html", type=NEW_FILE, metavar="FILE", help="Write a page with plots of the new one there.")
@click.option("-o", "--output", type=click.Choice(["text", "yaml", "json"]), default="text", show_default=True)
def loadtest_compare(*, old_file: Path, new_file: Path, html: Path | None, output: str) -> None:
    """Say what differs between two reports of `loadtest`, and what of it is no more than chance.

    The exit status is 0 whatever differs: what has to hold is said with --assert, when it is measured.
    """
    from modelserver_operator.cli.loadtest.reporting import showing

    showing.show_comparison(showing.read(old_file), showing.read(new_file), html, output)
