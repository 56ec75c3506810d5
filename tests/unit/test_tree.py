"""What holds of the whole tree: one oldest Python, files that one can read in one go."""

import subprocess
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 300


def pyproject(folder: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / folder / "pyproject.toml").read_text())


def test_the_oldest_python_is_the_operators_everywhere() -> None:
    oldest = pyproject("operator")["project"]["requires-python"].removeprefix(">=")
    workspace = pyproject(".")
    assert pyproject("runtime")["project"]["requires-python"] == f">={oldest}"
    assert workspace["project"]["requires-python"] == f">={oldest}"
    assert workspace["tool"]["mypy"]["python_version"] == oldest
    assert workspace["tool"]["ruff"]["target-version"] == "py" + oldest.replace(".", "")


def test_no_file_is_longer_than_one_reads_in_one_go() -> None:
    tracked = subprocess.run(["git", "ls-files", "*.py", "*.go"], cwd=ROOT, capture_output=True, text=True, check=True)
    lengths = {name: len((ROOT / name).read_text().splitlines()) for name in tracked.stdout.split()}
    assert lengths
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}
