"""Programs of a Go module whose own go.mod replaces or excludes modules.

The go command obeys that only in the module that it builds in: so that is one of ours, with what is needed of it.
"""

import platform
from dataclasses import dataclass
from pathlib import Path

from tools.setup import toolchain
from tools.setup.keys import key
from tools.setup.places import ROOT, cache
from tools.setup.recorder import Recorder


@dataclass(frozen=True)
class Wrapped:
    """A module by its path, and the name of ours, whose folder lies beside this file and its results in the cache."""

    name: str
    path: str

    @property
    def built_in(self) -> Path:
        """The folder of our go.mod, which is the one place that names the version."""
        return ROOT / "tools" / "setup" / f"{self.name}-module"

    def folder(self) -> Path:
        """Where what is made of it lies; it may not be there yet."""
        return cache() / self.name / key(self.built_in, platform.machine())

    def build(self, recorder: Recorder, target: Path, *programs: str, tags: tuple[str, ...] = ()) -> None:
        """Put the commands of its folder cmd there, as small as Go makes them, and with nothing of the checkout in
        them. Raises CommandError."""
        target.mkdir(parents=True)
        flags = ("-trimpath", "-buildvcs=false", "-ldflags=-s -w", f"-tags={','.join(tags)}", "-o", f"{target}/")
        self._go(recorder, "build", *flags, *(f"{self.path}/cmd/{name}" for name in programs))

    def source(self, recorder: Recorder) -> Path:
        """The folder of its content. Raises CommandError."""
        return Path(self._go(recorder, "list", "-m", "-f", "{{.Dir}}", self.path))

    def _go(self, recorder: Recorder, verb: str, *arguments: str) -> str:
        environment = {**toolchain.environment(), "CGO_ENABLED": "0"}
        return recorder.output(toolchain.go(), verb, f"-C={self.built_in}", *arguments, env=environment)
