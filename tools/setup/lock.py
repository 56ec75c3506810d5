"""`python3 -m tools.setup.lock`: locks the dependencies again, each file of requirements/ by the same command.

Versions that are locked stay unless a pyproject.toml asks for others; no file names the index that it came from.
"""

import sys
import tomllib

from tools.setup.environment import uv
from tools.setup.places import ROOT, logs
from tools.setup.recorder import CommandError, Recorder
from tools.setup.screen import Screen

PROJECT = tomllib.loads((ROOT / "operator" / "pyproject.toml").read_text())["project"]
OLDEST_PYTHON = PROJECT["requires-python"].removeprefix(">=")
OPTIONS = (
    "--quiet",
    "--universal",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-header",
    "--python-version",
    OLDEST_PYTHON,
)
RATES = ("--group", "runtime/pyproject.toml:rates")
IN_VLLM = ("--no-emit-package", "packaging", "--no-emit-package", "typing-extensions")
SOURCES = {
    "dev.txt": ("--group", "pyproject.toml:dev", *RATES, "operator/pyproject.toml", "runtime/pyproject.toml"),
    "operator.txt": ("operator/pyproject.toml", "--constraints", "requirements/dev.txt"),
    # Beside vLLM, whose tree has these two already: its versions stay.
    "runtime.txt": (*RATES, *IN_VLLM, "--constraints", "requirements/dev.txt"),
    "build.txt": ("--group", "pyproject.toml:build", "--constraints", "requirements/dev.txt"),
}


def main() -> int:
    """Writes every lock; the exit code is 1 when one cannot be made."""
    recorder = Recorder(logs() / "lock.log")
    try:
        for name, source in SOURCES.items():
            recorder.run(uv(recorder), "pip", "compile", *OPTIONS, *source, "-o", ROOT / "requirements" / name)
    except CommandError as failure:
        Screen().say("\n".join([f"lock failed: {failure}", *recorder.tail(15), f"Log: {recorder.path}"]))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
