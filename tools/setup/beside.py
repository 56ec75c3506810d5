"""What parts of the runtime need beside vLLM, each in a folder for PYTHONPATH.

No change of such a part makes the engine's six gigabytes anew.
"""

from dataclasses import dataclass
from pathlib import Path

from tools.setup.engine import INTERPRETER
from tools.setup.environment import uv
from tools.setup.fresh import fresh
from tools.setup.keys import key
from tools.setup.places import ROOT, cache
from tools.setup.recorder import Recorder
from tools.setup.step import Step


@dataclass(frozen=True)
class Beside:
    """Packages in the versions of a lock; `name` is the step's and the cache folder's."""

    name: str
    lock: str
    purpose: str

    @property
    def _lock(self) -> Path:
        return ROOT / "requirements" / self.lock

    def folder(self) -> Path:
        """The folder; it may not be there yet."""
        return cache() / self.name / key(self._lock, INTERPRETER.resolve().name)

    @property
    def step(self) -> Step:
        """The step that makes the folder."""
        return Step(
            name=self.name,
            purpose=self.purpose,
            needs=("packages",),
            done=lambda: self.folder().exists(),
            run=self._install,
            advice="see whether the package index can be reached.",
        )

    def _install(self, recorder: Recorder) -> None:
        with fresh(self.folder()) as making:
            options = ("--python", INTERPRETER, "--no-deps", "--require-hashes", "--target", making)
            recorder.run(uv(recorder), "pip", "install", *options, "-r", self._lock)


RATES = Beside("rates", "runtime.txt", "Install what rate limits need beside vLLM")
VECTORS = Beside("vector-tools", "vectors.txt", "Install what the vectors' plots and imports need beside vLLM")
