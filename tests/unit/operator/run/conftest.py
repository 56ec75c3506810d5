"""A runtime that stands in for the real one, and processes that are ended with their test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.operator.run.process import RUNTIME, Start, with_vllm, write


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    """A folder with the stand-in, to be found before the real one."""
    package = tmp_path / "python" / "modelserver_runtime"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(RUNTIME, encoding="utf-8")
    with_vllm(package.parent)
    return package.parent


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """The folder of a Python that has nothing installed."""
    folder = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return folder


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """The folder of the claim `models`."""
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


@pytest.fixture
def start(runtime: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts `modelserver run` on manifests, with further arguments and environment."""
    started: list[subprocess.Popen[str]] = []

    def start(
        *arguments: str, manifests: list[dict[str, Any]], before: str = "pass", **environment: str
    ) -> subprocess.Popen[str]:
        file = write(tmp_path, manifests)
        program = f"import sys; {before}; from modelserver_operator.cli import main; main()"
        command = [sys.executable, "-c", program, "run", "-f", str(file)]
        own = {key: value for key, value in os.environ.items() if not key.startswith("MODELSERVER_")}
        # A temporary folder of its own shows what is left behind.
        (tmp_path / "scratch").mkdir(exist_ok=True)
        given = own | {"PYTHONPATH": str(runtime), "TMPDIR": str(tmp_path / "scratch")} | environment
        process = subprocess.Popen(
            [*command, *arguments], env=given, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=30)
