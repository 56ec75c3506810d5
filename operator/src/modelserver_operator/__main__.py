"""The operator's process, and the one-shot command that the chart's hook runs.

`python -m modelserver_operator` ends with 0 on SIGTERM and SIGINT, and with 1 when a watch or a loop of its own has
failed or its Lease is lost: whoever runs it starts it again, and nothing is lost by that. Wrong settings end it with 2.
`install-classes` ends with 143 on SIGTERM.
"""

import signal
import sys

if __name__ == "__main__":
    # The first process of a container ignores SIGTERM until it has a handler, and the imports below take seconds.
    # A command that is ended has not done its work: the chart's Job must not count it as done.
    ended = 0 if len(sys.argv) == 1 else 128 + signal.SIGTERM
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(ended))

import asyncio
import logging
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from modelserver_operator import install, logs
from modelserver_operator.cluster import Cluster, Login, LoginError
from modelserver_operator.leader import LeaseLostError
from modelserver_operator.operate import operate
from modelserver_operator.settings import Settings

log = logging.getLogger("modelserver_operator")


@click.group(invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """Run the operator until SIGTERM. Settings come from MODELSERVER_* of the environment."""
    try:
        settings = Settings()
    except ValidationError as error:
        raise click.UsageError(f"the environment holds settings that are not valid: {error}") from error
    logs.configure(settings.log_format, settings.log_level)
    context.obj = settings
    if context.invoked_subcommand is None:
        _run(operate(settings))


@main.command("install-classes")
@click.argument("folder", type=click.Path(path_type=Path))
@click.pass_obj
def install_classes(settings: Settings, folder: Path) -> None:
    """Apply every ModelServerClass in FOLDER's *.yaml files, in place, and end."""
    _run(_install(settings, folder))


async def _install(settings: Settings, folder: Path) -> None:
    classes = install.read_classes(folder)
    async with Cluster(await Login.load(), deadline_seconds=settings.request_timeout_seconds) as cluster:
        await install.install(cluster, classes, timeout_seconds=settings.install_timeout_seconds)


def _run(command: Coroutine[Any, Any, None]) -> None:
    try:
        asyncio.run(command)
    except (
        install.InstallError,
        LeaseLostError,
        LoginError,
        OSError,
    ) as error:  # OSError: the port of the probes is taken
        log.critical("%s", error)
        sys.exit(1)
    except Exception:  # the outermost edge: the traceback belongs in the log, in the log's own format
        log.critical("the operator has failed and ends", exc_info=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
