"""Which Python has what: the runtime belongs beside vLLM, and is lent to a vLLM that has none beside it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import click

MODULE = "modelserver_runtime"
ENGINE = "vllm"

_PROBE = f"import importlib.util as u; print(*(n for n in ({MODULE!r}, {ENGINE!r}) if u.find_spec(n)))"
_ADVICE = "Name the Python that has it with --python or MODELSERVER_RUNTIME_PYTHON."


def with_runtime(python: str, environment: Mapping[str, str], scratch: Path) -> dict[str, str]:
    """The environment in which `python` finds the runtime: its own, or the one that is installed with this command.

    scratch: an empty folder that lasts as long as the process. Raises ClickException.
    """
    there = _found(python, environment)
    if ENGINE not in there:
        raise click.ClickException(f"vLLM is not installed in {python}. {_ADVICE}")
    if MODULE in there:
        return dict(environment)
    ours = _own_runtime()
    if ours is None:
        text = f"The runtime ({MODULE}) is installed neither in {python} nor beside this command"
        raise click.ClickException(f"{text}: `pip install ./runtime` does either.")
    return {**environment, "PYTHONPATH": _search_path(environment, _lent(ours, scratch))}


def _found(python: str, environment: Mapping[str, str]) -> list[str]:
    """What that Python has of the two. Raises ClickException when it cannot be started."""
    try:
        probe = subprocess.run([python, "-c", _PROBE], env=environment, stdout=subprocess.PIPE, text=True, check=False)
    except OSError as error:
        raise click.ClickException(f"{python} cannot be started: {error.strerror}.") from error
    return probe.stdout.split()


def _own_runtime() -> Path | None:
    """The runtime's folder in this Python's environment; never imported here."""
    spec = importlib.util.find_spec(MODULE)
    return Path(spec.origin).parent if spec and spec.origin else None


def _lent(package: Path, scratch: Path) -> Path:
    """A folder with that package alone: what else lies beside it would come before the engine's own libraries."""
    folder = scratch / "python"
    folder.mkdir()
    (folder / MODULE).symlink_to(package, target_is_directory=True)
    return folder


def _search_path(environment: Mapping[str, str], folder: Path) -> str:
    return os.pathsep.join(filter(None, [environment.get("PYTHONPATH"), str(folder)]))
