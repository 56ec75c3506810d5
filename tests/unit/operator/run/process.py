"""`modelserver run` in tests: what stands for the runtime, and what a process says."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner

from modelserver_operator.cli import main

Start = Callable[..., "subprocess.Popen[str]"]
# Tells what it was given, then ends with the status in END, or when it is told to, and tells by which signals.
RUNTIME = """
import json, os, pathlib, signal, sys, yaml
if sys.argv[1] == "download":
    given = {name: os.environ.get(name) for name in ("HF_HUB_OFFLINE", "HF_TOKEN")}
    print(json.dumps({"arguments": sys.argv[1:], "environment": given}), flush=True)
    signal.pause() if "ENDLESS" in os.environ else sys.exit(int(os.environ.get("DOWNLOADED", "0")))
config = yaml.safe_load(pathlib.Path(sys.argv[3]).read_text())
live = yaml.safe_load(pathlib.Path(config["live"]["path"]).read_text())
given = {name: os.environ.get(name) for name in ("HF_HUB_OFFLINE", "HF_TOKEN", "OMP_NUM_THREADS", "COLOUR")}
signals = {signal.SIGTERM, signal.SIGINT}
signal.pthread_sigmask(signal.SIG_BLOCK, signals)
told = {"arguments": sys.argv[1:3], "more": sys.argv[4:], "config": config, "live": live, "environment": given}
print(json.dumps(told), flush=True)
if "END" in os.environ:
    os.kill(os.getpid(), 9) if os.environ["END"] == "killed" else sys.exit(int(os.environ["END"]))
told = [signal.sigwait(signals), *signal.sigpending()]
print(json.dumps(told), flush=True)
while "DEAF" in os.environ:
    signal.sigwait(signals)
"""


def refused(tmp_path: Path, *arguments: str, manifests: list[dict[str, Any]]) -> tuple[int, str]:
    """(exit status, standard error) of a run that starts no process."""
    file = write(tmp_path, manifests)
    result = CliRunner().invoke(main, ["run", "-f", str(file), *arguments])
    return result.exit_code, result.stderr


def write(folder: Path, manifests: list[dict[str, Any]]) -> Path:
    """The manifests as documents of a file."""
    file = folder / "demo.yaml"
    file.write_text(yaml.safe_dump_all(manifests), encoding="utf-8")
    return file


def with_vllm(packages: Path) -> None:
    """Put into a folder of packages what passes for vLLM as long as nobody computes."""
    (packages / "vllm").mkdir()
    (packages / "vllm" / "__init__.py").touch()


def packages(environment: Path) -> Path:
    """Where that environment's packages lie."""
    (folder,) = environment.glob("lib/python*/site-packages")
    return folder


def ends(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """(exit status, standard output, standard error) once it has ended."""
    output, errors = process.communicate(timeout=60)
    return process.returncode, output, errors


def said(process: subprocess.Popen[str]) -> str:
    """The next line of its standard output."""
    assert process.stdout is not None
    return process.stdout.readline()
