"""`make gpu-check`: what cannot run is skipped with a reason, and only what ran can fail."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.gpu.__main__ import PARTS
from tests.gpu.machine import Machine
from tests.gpu.overhead_part import of

ROOT = Path(__file__).parents[3]
LOOKS = """#!/bin/sh
if [ "$1" = -c ]; then echo '{"device": "a GPU", "has": ["numpy", "torch"]}'; exit; fi
"""


def run(python: Path | str) -> tuple[int, list[str], dict[str, Any]]:
    """Exit code, lines and the last one, parsed, of a check with that Python."""
    command = [sys.executable, "-m", "tests.gpu", "--python", str(python)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    return done.returncode, lines, json.loads(lines[-1])


def pretending(folder: Path, does: str) -> Path:
    """A program that says of itself that it is a Python with torch and a GPU; `does`: what it does for a part."""
    program = folder / "python"
    program.write_text(LOOKS + does)
    program.chmod(0o755)
    return program


def test_without_torch_everything_is_skipped_and_nothing_fails() -> None:
    code, _, result = run(sys.executable)

    assert code == 0
    assert result.pop("device") is None
    assert result.pop("figures") == {}
    assert set(result) == set(PARTS)
    assert all(state.startswith("skipped: no torch") for state in result.values())


def test_the_docs_tell_of_every_part() -> None:
    page = (ROOT / "docs" / "gpu-check.md").read_text()

    assert [name for name in PARTS if f"| `{name}` |" not in page] == []


@pytest.mark.parametrize(
    ("machine", "reason"),
    [
        (Machine("python", "a GPU", ("torch", "vllm")), None),
        (Machine("python", None, ("torch", "vllm")), "skipped: no GPU"),
        (Machine("python", "a GPU", ("torch",)), "skipped: no vllm"),
        (Machine("python"), "skipped: no torch and no vllm"),
    ],
)
def test_what_is_missing_is_named(machine: Machine, reason: str | None) -> None:
    assert machine.lacks("torch", "vllm") == reason


def test_a_part_whose_checks_pass_is_told_with_its_numbers(tmp_path: Path) -> None:
    check = {"name": "graph", "passed": True, "said": "off by 0", "figures": {"graph_error": 0.0}}

    code, lines, result = run(pretending(tmp_path, f"echo '{json.dumps(check)}' > $3"))

    assert code == 0
    assert "passed   graph: off by 0" in lines
    assert (result["device"], result["torch_race"]) == ("a GPU", "passed")
    assert result["vllm_v2"] == "skipped: no transformers and no vllm"
    assert result["figures"] == {"graph_error": 0.0}


def test_a_check_that_fails_fails_the_command(tmp_path: Path) -> None:
    check = {"name": "graph", "passed": False, "said": "off by 1", "figures": {}}

    code, lines, result = run(pretending(tmp_path, f"echo '{json.dumps(check)}' > $3"))

    assert code == 1
    assert "FAILED   graph: off by 1" in lines
    assert result["torch_graphs"] == "failed: graph"


def test_a_part_that_dies_fails_the_command_and_shows_the_end_of_its_log(tmp_path: Path) -> None:
    code, lines, result = run(pretending(tmp_path, "echo out of memory >&2; exit 3"))

    assert code == 1
    assert "out of memory" in lines
    assert result["torch_graphs"] == "failed: nothing was checked; ended with 3"


def test_a_part_that_checks_nothing_has_not_passed(tmp_path: Path) -> None:
    code, _, result = run(pretending(tmp_path, "exit 0"))

    assert code == 1
    assert result["torch_graphs"] == "failed: nothing was checked"


@pytest.mark.parametrize(("high", "passed"), [(0.995, True), (0.985, False)])
def test_an_idle_plugin_fails_when_its_whole_interval_lies_below_the_bar(high: float, passed: bool) -> None:
    found = {"idle_ratio": 0.98, "idle_ratio_low": 0.97, "idle_ratio_high": high, "aa_ratio": 1.0}

    assert of("idle", found).passed is passed
