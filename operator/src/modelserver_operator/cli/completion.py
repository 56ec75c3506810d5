"""`modelserver completion`: the script by which a shell completes this command's words."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

PROGRAM = "modelserver"
VARIABLE = f"_{PROGRAM.upper()}_COMPLETE"  # as click looks for it

HOW = """Print the script by which SHELL completes the words of this command.

\b
bash: source <(modelserver completion bash)
zsh:  source <(modelserver completion zsh)
fish: modelserver completion fish | source

In the shell's start file, such as ~/.bashrc, it is there in every shell.
"""


@click.command(help=HOW)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script."""
    found = get_completion_class(shell)
    assert found, shell  # the choice holds those that click has
    click.echo(found(context.find_root().command, {}, PROGRAM, VARIABLE).source())
