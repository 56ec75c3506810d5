"""The demo as a program runs it: one command up, one JSON object as its last line, one command down."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tools.setup.places import ROOT

UP_SECONDS = 900  # 70 on an idle machine whose caches are full


@pytest.fixture(scope="module")
def state() -> Iterator[Path]:
    """A state folder of its own, so that a demo that somebody looks at goes on; short, for the sockets in it."""
    with tempfile.TemporaryDirectory(prefix="demo-", dir="/tmp") as folder:
        yield Path(folder) / "state"
        demo(Path(folder) / "state", "down")


def demo(state: Path, what: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.demo", what]
    environment = {**os.environ, "MODELSERVER_STATE": str(state)}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=UP_SECONDS, check=False
    )


def test_the_demo_goes_all_the_way_and_leaves_nothing(state: Path) -> None:
    up = demo(state, "up")
    assert up.returncode == 0, up.stdout + up.stderr
    result = json.loads(up.stdout.splitlines()[-1])
    assert (result["answers"], result["variants"]) == (3, 3)
    assert 0 < result["retune_seconds"] < result["total_seconds"]
    assert 0 < result["ready_seconds"] < result["total_seconds"]
    down = demo(state, "down")
    assert (down.returncode, down.stderr) == (0, "")
    assert "The demo is gone." in down.stdout
    assert not state.exists()


def test_a_step_that_fails_is_named_with_its_log_and_ends_with_1(state: Path) -> None:
    """Where the clusters' folder should be lies a file, so that no cluster can be made."""
    state.mkdir(exist_ok=True)
    (state / "clusters").touch()
    up = demo(state, "up")
    (state / "clusters").unlink()
    assert up.returncode == 1
    assert "cluster failed:" in up.stdout
    assert "What to do:" in up.stdout
