"""What rate limits need beside vLLM, as the runtime's image has it.

A folder on PYTHONPATH: no change of it makes the engine's six gigabytes anew.
"""

from pathlib import Path

from tools.setup.engine import INTERPRETER
from tools.setup.environment import uv
from tools.setup.fresh import fresh
from tools.setup.keys import key
from tools.setup.places import ROOT, cache
from tools.setup.recorder import Recorder
from tools.setup.step import Step

LOCK = ROOT / "requirements" / "runtime.txt"


def folder() -> Path:
    """The folder; it may not be there yet."""
    return cache() / "rates" / key(LOCK, INTERPRETER.resolve().name)


def _install(recorder: Recorder) -> None:
    with fresh(folder()) as making:
        options = ("--python", INTERPRETER, "--no-deps", "--require-hashes", "--target", making)
        recorder.run(uv(recorder), "pip", "install", *options, "-r", LOCK)


STEP = Step(
    name="rates",
    purpose="Install what rate limits need beside vLLM",
    needs=("packages",),
    done=lambda: folder().exists(),
    run=_install,
    advice="see whether the package index can be reached.",
)
