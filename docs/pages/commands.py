"""The page that lists every command, written from the commands themselves."""

from collections.abc import Iterator

import click

from modelserver_operator import cli
from modelserver_operator.__main__ import main as operator
from modelserver_runtime.commands import main as runtime

WIDTH = 100
HEAD = """# Command line

Written by `make generate` from the commands themselves. After `make env` all of them are in `.venv/bin`. `modelserver`
comes with the operator's distribution and needs a cluster only for what is asked of one; the other two are what the
images run. Of the runtime's, `emotions try` is of use anywhere; what computes (`serve`, `demo-model`, `vectors`) needs
the Python that has vLLM.
"""
# The program as it is called, what it is for, and the exit codes that a script may rely on.
PROGRAMS: tuple[tuple[str, click.Group, str], ...] = (
    (
        "modelserver",
        cli.main,
        """For whoever writes ModelServers. `validate`, `plan`, `render` and `run` find a ModelServer's class in the
same places: its own file, the `--class-file`s, and, where neither holds a class, the built-in class `local` (a
processor, no compilation). A ModelServer that names none of the classes there is refused, as it is in a cluster. A
cluster's own classes come with `kubectl get modelserverclasses -o yaml > classes.yaml` and `--class-file classes.yaml`.

[`status`](status.md) asks a cluster, found as kubectl finds it, under your own rights.

Exit codes: 0 all is well; 1 something is refused, with one line for each problem that names the field, does not fit
(`plan`), or needs help (`status`), or the cluster that is asked does not answer (`plan` and `status`); 2 the command
line is wrong, such as `--claim` missing. Of a file that is no YAML, or holds nothing to be judged, one line on standard
error tells, with `-o json`, too. Ctrl-C ends `status --watch` with 0, `status` without it with 130, and the
others with 1. `run` needs a Python with vLLM ([how](runtime.md#without-a-cluster)) and ends with the runtime's own
code.

In a terminal, tables are laid out for its width, and coloured unless NO_COLOR is set; elsewhere they are plain text of
one line a row. `-o json` and `-o yaml` are for scripts.""",
    ),
    (
        "python -m modelserver_runtime",
        runtime,
        """What runs in the pod; `modelserver-runtime` is the same. It needs the Python in which vLLM is installed;
[the runtime](runtime.md) describes what it serves and its exit codes, [its configuration](configuration.md) the
sources of each value and every key.""",
    ),
    (
        "python -m modelserver_operator",
        operator,
        """What runs in the cluster; without a command, the operator itself. Its settings are
[environment variables](install.md#settings-of-the-operator).

Exit codes: 0 after SIGTERM; 1 something of its own has failed, or the classes could not be installed; 2 a setting is
wrong; 143 SIGTERM has ended `install-classes` before its work was done.""",
    ),
)


def page() -> str:
    """The page as Markdown."""
    return "\n".join([HEAD, *(line for program in PROGRAMS for line in _program(*program))]).rstrip() + "\n"


def commands(group: click.Group, called: str) -> Iterator[tuple[str, click.Command]]:
    """The group's commands, those of its own groups included, and how each is called."""
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, f"{called} {name}")
        else:
            yield f"{called} {name}", command


def _program(called: str, group: click.Group, text: str) -> Iterator[str]:
    yield f"## {called}\n\n{text}\n"
    for command_called, command in commands(group, called):
        yield f"### {command_called}\n\n```text\n{_help(command_called, command, group)}\n```\n"


def _help(called: str, command: click.Command, group: click.Group) -> str:
    context = click.Context(
        command, info_name=called, terminal_width=WIDTH, max_content_width=WIDTH, color=False, **group.context_settings
    )
    lines = command.get_help(context).splitlines()
    return "\n".join(line.rstrip() for line in lines)
