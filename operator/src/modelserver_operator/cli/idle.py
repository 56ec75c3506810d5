"""Options that would do nothing beside the others: who gives one wants something of it, and is told."""

from __future__ import annotations

import click
from click.core import ParameterSource


def refuse_idle(context: click.Context, names: tuple[str, ...], goes_with: str) -> None:
    """Raises UsageError for the first of these parameters that stands on the command line; variables may say it."""
    for parameter in context.command.params:
        given = parameter.name in names and context.get_parameter_source(parameter.name)
        if given is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"{parameter.opts[0]} goes with {goes_with}.", context)
