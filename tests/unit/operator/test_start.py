"""The operator's process from its first moment on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ENDS_ITSELF = "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\n"


@pytest.mark.parametrize(("arguments", "code"), [([], 0), (["install-classes", "."], 143)])
def test_a_sigterm_during_the_imports_ends_it(arguments: list[str], code: int, tmp_path: Path) -> None:
    """Without a handler it would be ignored by the first process of a container, and end any other by the signal."""
    (tmp_path / "click.py").write_text(ENDS_ITSELF)  # stands in the place of the first import that is not Python's own
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-m", "modelserver_operator", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (code, "")
